import { roundDistribution, roundProbability, roundYears } from '../../common/rounding.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';
import type { Bucket } from '../../inference/head/buckets.ts';
import type { ThresholdAnswer, BucketAnswer, Prediction } from './answer.ts';
import type { PredictQuery } from './predict-query.ts';

/** Floating-point noise of `1 − confidence`, far below the answer's last digit. */
const EPSILON = 1e-9;

/** `yes` at or above the confidence, `no` at or below its complement, `uncertain` between them. */
export function decide(probability: number, confidence: number): ThresholdAnswer['decision'] {
  if (probability >= confidence - EPSILON) return 'yes';
  if (probability <= 1 - confidence + EPSILON) return 'no';
  return 'uncertain';
}

type AgeAnswer = Pick<Prediction, 'bucket' | 'buckets' | 'age' | 'atLeast'>;

/**
 * Formats an estimate for the answer. Decisions use the rounded probability, so that the answer itself explains them.
 * @param buckets the request's, or else the model's
 * @throws ServiceError `edge_not_supported` where the model cannot answer a bucket's edge
 */
export function toAgeAnswer(
  estimate: AgeEstimate,
  buckets: readonly Bucket[],
  { atLeast, confidence }: Pick<PredictQuery, 'atLeast' | 'confidence'>,
): AgeAnswer {
  const answered = answerBuckets(estimate, buckets);
  const { level, low, high } = estimate.interval;
  return {
    bucket: mostProbable(answered),
    buckets: answered,
    age: {
      mean: roundYears(estimate.mean),
      median: roundYears(estimate.median),
      interval: { level, low: roundYears(low), high: roundYears(high) },
    },
    atLeast: atLeast.map((age) => {
      const probability = roundProbability(estimate.probabilityAtLeast(age));
      return { age, probability, decision: decide(probability, confidence) };
    }),
  };
}

/** The first of the most probable buckets. */
export function mostProbable(buckets: readonly BucketAnswer[]): BucketAnswer {
  return buckets.reduce((best, bucket) => (bucket.probability > best.probability ? bucket : best));
}

/** The buckets with their probabilities, which sum to 1. */
export function answerBuckets(estimate: AgeEstimate, buckets: readonly Bucket[]): BucketAnswer[] {
  const probabilities = roundDistribution(estimate.bucketProbabilities(buckets));
  return buckets.map(({ label, min, max }, index) => ({
    label,
    min,
    max,
    probability: probabilities[index]!,
  }));
}
