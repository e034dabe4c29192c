import { roundDistribution, roundProbability, roundYears } from '../../common/rounding.ts';
import type { Face } from '../../inference/faces/find-faces.ts';
import type { WarningDetail } from '../../inference/preprocess/warnings.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';
import type { Bucket } from '../../inference/head/buckets.ts';
import type { PhotoEstimate } from '../../inference/estimator.ts';
import type { ThresholdAnswer, BucketAnswer, FaceAnswer } from './answer.ts';
import type { PredictQuery } from './predict-query.ts';

/** Floating-point noise of `1 − confidence`, far below the answer's last digit. */
const EPSILON = 1e-9;

/** `yes` at or above the confidence, `no` at or below its complement, `uncertain` between them. */
export function decide(probability: number, confidence: number): ThresholdAnswer['decision'] {
  if (probability >= confidence - EPSILON) return 'yes';
  if (probability <= 1 - confidence + EPSILON) return 'no';
  return 'uncertain';
}

type AgeAnswer = Pick<FaceAnswer, 'bucket' | 'buckets' | 'age' | 'atLeast'>;

/** What a request asks about each face. */
export type AgeQuestion = Pick<PredictQuery, 'atLeast' | 'confidence'> & {
  /** The request's, or else the model's. */
  buckets: readonly Bucket[];
};

/**
 * Formats the estimate of one face for the answer. Under a severe warning no decision is made.
 * @throws ServiceError `edge_not_supported` where the model cannot answer a bucket's edge
 */
export function toFaceAnswer(
  id: string,
  { estimate, warnings, face }: Pick<PhotoEstimate, 'estimate' | 'warnings' | 'face'>,
  { buckets: asked, ...question }: AgeQuestion,
): FaceAnswer {
  const { bucket, buckets, age, atLeast } = toAgeAnswer(estimate, asked, question);
  const isDoubtful = warnings.some(({ severity }) => severity === 'severe');
  return {
    id,
    ...(face === undefined ? {} : { face: toFound(face) }),
    bucket,
    buckets,
    age,
    atLeast: isDoubtful ? atLeast.map(undecided) : atLeast,
    warnings: warnings.map(({ code }) => code),
    warningDetails: warnings.map(toDetail),
  };
}

function undecided(threshold: ThresholdAnswer): ThresholdAnswer {
  return { ...threshold, decision: 'uncertain' };
}

function toFound({ box, score, rollDegrees, landmarks }: Face): NonNullable<FaceAnswer['face']> {
  const point = ({ x, y }: { x: number; y: number }) => ({ x: roundTo(x, 1), y: roundTo(y, 1) });
  const { leftEye, rightEye, nose, mouth, leftEar, rightEar } = landmarks;
  return {
    box: {
      x: Math.round(box.x),
      y: Math.round(box.y),
      width: Math.round(box.width),
      height: Math.round(box.height),
    },
    score: roundTo(score, 3),
    rollDegrees: roundTo(rollDegrees, 1),
    landmarks: {
      leftEye: point(leftEye),
      rightEye: point(rightEye),
      nose: point(nose),
      mouth: point(mouth),
      leftEar: point(leftEar),
      rightEar: point(rightEar),
    },
  };
}

function toDetail({ code, severity, value, threshold }: WarningDetail) {
  return { code, severity, value: roundTo(value, 3), threshold: roundTo(threshold, 3) };
}

function roundTo(value: number, digits: number): number {
  // Adding 0 turns −0 into 0.
  return Number(value.toFixed(digits)) + 0;
}

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
