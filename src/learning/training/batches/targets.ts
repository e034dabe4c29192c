import type { Architecture } from '../../networks/architecture.ts';
import { bucketIndexOf, decadeBuckets } from '../../../inference/head/buckets.ts';

/** Ages 0 … 100; labels above train as 100. */
export const AGE_COUNT = 101;

/**
 * The label distribution of an age: a normal curve over whole years, of σ = 1.5 + age / 30, summing to 1.
 * Geng, Yin and Zhou, "Facial Age Estimation by Learning from Label Distributions", TPAMI 2013.
 * The width grows with age because the labels' noise does.
 */
export function labelDistribution(age: number): Float32Array {
  const centre = Math.min(age, AGE_COUNT - 1);
  const sigma = 1.5 + centre / 30;
  const weights = Float32Array.from({ length: AGE_COUNT }, (_, year) =>
    Math.exp(-0.5 * ((year - centre) / sigma) ** 2),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** 1 for the age's decade, else 0. */
function decadeOf(age: number): Float32Array {
  const target = new Float32Array(decadeBuckets.length);
  target[bucketIndexOf(age, decadeBuckets)] = 1;
  return target;
}

/** What a network is to answer for each age. */
export interface Targets {
  /** Values of an answer. */
  width: number;
  /** Computed once per age; not to be written to. */
  of: (age: number) => Float32Array;
}

/** Targets of an architecture, by what it answers. */
export function targetsFor(answers: Architecture['answers']): Targets {
  const byAge = Array.from({ length: AGE_COUNT }, (_, age) =>
    answers === 'decades' ? decadeOf(age) : labelDistribution(age),
  );
  return { width: byAge[0]!.length, of: (age) => byAge[Math.min(age, AGE_COUNT - 1)]! };
}
