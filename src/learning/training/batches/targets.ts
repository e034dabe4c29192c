import type { Architecture } from '../../networks/architecture.ts';
import { bucketIndexOf, decadeBuckets } from '../../../inference/head/buckets.ts';

/** Number of ages, from 0 to 100; labels above 100 count as 100. */
export const AGE_COUNT = 101;

/**
 * The label distribution of an age: a normal distribution over whole years with σ = 1.5 + age / 30.
 * Geng, Yin and Zhou, "Facial Age Estimation by Learning from Label Distributions", TPAMI 2013.
 * The width grows with age because the noise of the labels does.
 */
export function labelDistribution(age: number): Float32Array {
  const center = Math.min(age, AGE_COUNT - 1);
  const sigma = 1.5 + center / 30;
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

/** The training targets for each age. */
export interface Targets {
  /** Number of values in a target. */
  width: number;
  /** Returns the target of an age. The array is shared and must not be modified. */
  of: (age: number) => Float32Array;
}

/** Returns the targets for an architecture's kind of output. */
export function targetsFor(answers: Architecture['answers']): Targets {
  const byAge = Array.from({ length: AGE_COUNT }, (_, age) =>
    answers === 'decades' ? oneHotDecade(age) : labelDistribution(age),
  );
  return { width: byAge[0]!.length, of: (age) => byAge[Math.min(age, AGE_COUNT - 1)]! };
}
