import type { Architecture } from '../../networks/architecture.ts';
import { bucketIndexOf, decadeBuckets } from '../../../inference/head/buckets.ts';

/** Number of ages, from 0 to 100; labels above 100 count as 100. */
export const AGE_COUNT = 101;

/**
 * The standard deviation in years of the ages that may hide behind an exact label. It grows with age because the noise of
 * labels does.
 * @param spread multiplies it
 */
export function labelSigma(age: number, spread: number): number {
  return spread * (1.5 + age / 30);
}

/**
 * The label distribution of an age: a normal distribution over whole years with σ = 1.5 + age / 30.
 * Geng, Yin and Zhou, "Facial Age Estimation by Learning from Label Distributions", TPAMI 2013.
 * @param spread multiplies σ
 */
export function labelDistribution(age: number, spread = 1): Float32Array {
  const center = Math.min(age, AGE_COUNT - 1);
  const sigma = labelSigma(center, spread);
  const weights = Float32Array.from({ length: AGE_COUNT }, (_, year) =>
    Math.exp(-0.5 * ((year - center) / sigma) ** 2),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** One-hot encoding of the decade of an age. */
function oneHotDecade(age: number): Float32Array {
  const target = new Float32Array(decadeBuckets.length);
  target[bucketIndexOf(age, decadeBuckets)] = 1;
  return target;
}

/** The training targets for each label. The arrays are shared and must not be modified. */
export interface Targets {
  /** Number of values in a target. */
  width: number;
  /** The distribution that the output should have for an exact age; it sums to 1. */
  of: (age: number) => Float32Array;
  /** 1 for each value of the output that lies in a range of ages, both ends included, and 0 for the others. */
  within: (minAge: number, maxAge: number) => Float32Array;
}

/**
 * Returns the targets for an architecture's kind of output.
 * @param spread as in `labelDistribution`
 */
export function targetsFor(answers: Architecture['answers'], spread = 1): Targets {
  const indexOf = (age: number) =>
    answers === 'decades' ? bucketIndexOf(age, decadeBuckets) : Math.min(age, AGE_COUNT - 1);
  const byAge = Array.from({ length: AGE_COUNT }, (_, age) =>
    answers === 'decades' ? oneHotDecade(age) : labelDistribution(age, spread),
  );
  const width = byAge[0]!.length;
  const ranges = new Map<number, Float32Array>();
  const within = (minAge: number, maxAge: number) => {
    const [first, last] = [indexOf(minAge), indexOf(maxAge)];
    const key = first * width + last;
    const known = ranges.get(key) ?? new Float32Array(width).fill(1, first, last + 1);
    ranges.set(key, known);
    return known;
  };
  return { width, of: (age) => byAge[Math.min(age, AGE_COUNT - 1)]!, within };
}
