import { bucketIndexOf, type Bucket } from '../network/buckets.ts';
import type { AgeEstimate } from '../network/age-head.ts';

/** One photo's true age beside what a model made of it. */
export interface Judged {
  age: number;
  estimate: Pick<AgeEstimate, 'mean' | 'interval' | 'bucketProbabilities'>;
}

export interface Figures extends Record<string, number> {
  count: number;
  /** Mean absolute error of the mean age, years. */
  mae: number;
  /** Share of the photos whose mean age is within five years. */
  cs5: number;
  bucketAccuracy: number;
  /** Share whose most probable bucket is the true one or a neighbour. */
  withinOneBucket: number;
  /** Expected calibration error of the most probable bucket, 15 bins of equal width. */
  ece: number;
  /** Share of the true ages inside the interval. */
  intervalCoverage: number;
}

const ECE_BINS = 15;

/** The figures of a set of photos; of an empty set every figure but `count` is NaN. */
export function figuresOf(judged: readonly Judged[], buckets: readonly Bucket[]): Figures {
  const rows = judged.map((one) => rowOf(one, buckets));
  const share = (test: (row: Row) => boolean) => rows.filter(test).length / rows.length;
  return {
    count: rows.length,
    mae: rows.reduce((sum, { absoluteError }) => sum + absoluteError, 0) / rows.length,
    cs5: share(({ absoluteError }) => absoluteError <= 5),
    bucketAccuracy: share(({ bucketsOff }) => bucketsOff === 0),
    withinOneBucket: share(({ bucketsOff }) => bucketsOff <= 1),
    ece: expectedCalibrationError(
      rows.map(({ confidence, bucketsOff }) => ({ confidence, correct: bucketsOff === 0 })),
    ),
    intervalCoverage: share(({ covered }) => covered),
  };
}

interface Row {
  absoluteError: number;
  bucketsOff: number;
  confidence: number;
  covered: boolean;
}

function rowOf({ age, estimate }: Judged, buckets: readonly Bucket[]): Row {
  const probabilities = estimate.bucketProbabilities(buckets);
  const confidence = Math.max(...probabilities);
  return {
    absoluteError: Math.abs(estimate.mean - age),
    bucketsOff: Math.abs(probabilities.indexOf(confidence) - bucketIndexOf(age, buckets)),
    confidence,
    covered: estimate.interval.low <= age && age <= estimate.interval.high,
  };
}

/**
 * Expected calibration error: the gap between confidence and accuracy, averaged over bins of equal width, each
 * weighted by its photos (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
 */
export function expectedCalibrationError(
  answers: readonly { confidence: number; correct: boolean }[],
): number {
  const gaps = new Float64Array(ECE_BINS);
  for (const { confidence, correct } of answers) {
    const bin = Math.min(ECE_BINS - 1, Math.floor(confidence * ECE_BINS));
    gaps[bin] = gaps[bin]! + confidence - Number(correct);
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / answers.length;
}
