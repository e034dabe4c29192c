import { bucketIndexOf, type Bucket } from '../inference/head/buckets.ts';
import type { JudgedPhoto } from './judged-photo.ts';

/** What figures are made of: one number per photo in each column, in the order of the photos. */
export interface Outcomes {
  readonly count: number;
  /** True ages, years. */
  readonly ages: Float64Array;
  /** Mean ages predicted, years. */
  readonly means: Float64Array;
  /** Indices of the true and of the most probable bucket. */
  readonly trueBuckets: Float64Array;
  readonly answeredBuckets: Float64Array;
  /** Probability of the most probable bucket. */
  readonly confidences: Float64Array;
  /** 1 where the interval holds the true age, else 0. */
  readonly covered: Float64Array;
}

export function outcomesOf(photos: readonly JudgedPhoto[], buckets: readonly Bucket[]): Outcomes {
  const probabilities = photos.map(({ estimate }) => estimate.bucketProbabilities(buckets));
  const confidences = Float64Array.from(probabilities, (row) => Math.max(...row));
  return {
    count: photos.length,
    ages: Float64Array.from(photos, ({ age }) => age),
    means: Float64Array.from(photos, ({ estimate }) => estimate.mean),
    trueBuckets: Float64Array.from(photos, ({ age }) => bucketIndexOf(age, buckets)),
    answeredBuckets: Float64Array.from(probabilities, (row, photo) =>
      row.indexOf(confidences[photo]!),
    ),
    confidences,
    covered: Float64Array.from(photos, ({ age, estimate: { interval } }) =>
      Number(interval.low <= age && age <= interval.high),
    ),
  };
}

/** The outcomes of some of the photos, by index. */
export function subsetOf(outcomes: Outcomes, photos: readonly number[]): Outcomes {
  const pick = (column: Float64Array) => Float64Array.from(photos, (photo) => column[photo]!);
  return {
    count: photos.length,
    ages: pick(outcomes.ages),
    means: pick(outcomes.means),
    trueBuckets: pick(outcomes.trueBuckets),
    answeredBuckets: pick(outcomes.answeredBuckets),
    confidences: pick(outcomes.confidences),
    covered: pick(outcomes.covered),
  };
}
