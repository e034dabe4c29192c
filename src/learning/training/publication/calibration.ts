import { goldenSection } from '../../../common/golden-section.ts';
import type { AgeCorrection } from '../../../inference/head/age-correction.ts';
import { createAgeHead, type AgeEstimate } from '../../../inference/head/age-head.ts';
import { bucketIndexOf, type Bucket } from '../../../inference/head/buckets.ts';
import { exactAge, type AgeRange } from '../../dataset/age-range.ts';
import { fitInterval, type LabeledPrediction } from './interval-fit.ts';
import { AGE_COUNT } from '../batches/targets.ts';
import { calibratedHead, type DistributionSpec } from './calibrated-head.ts';

/** The uncalibrated output of a network for a photo, with the labeled age. */
export interface Prediction {
  age: AgeRange;
  /** The name of the photo's data set, where there are several. */
  source?: string | undefined;
  output: Float32Array;
}

/** A data set with at least this many photos counts as much as any other; a smaller one counts by its photos. */
const FULL_SOURCE_PHOTOS = 300;

/** Precision of the fitted temperature; smaller differences may come from rounding in the network's outputs. */
export const TEMPERATURE_RESOLUTION = 1e-3;

/** Interprets the outputs of a network without calibration. */
export const untemperedHead = calibratedHead();

/**
 * Calibrates a head on validation photos: first the temperature that minimizes the log loss of the labeled ranges and of
 * the buckets of exact ages (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017), each data set counting
 * equally; then the interval, on exact ages alone, since a range says nothing about a position in the distribution. Without
 * exact ages it is the central one.
 * @param correction of the ages, which is part of the head; none by default
 */
export function calibrate(
  predictions: readonly Prediction[],
  buckets: readonly Bucket[],
  correction?: AgeCorrection,
): DistributionSpec {
  const sources = sourcesOf(predictions);
  const temperature = goldenSection(
    (candidate) =>
      logLoss(sources, buckets, calibratedHead({ temperature: candidate, correction })),
    ...([0.3, 4, TEMPERATURE_RESOLUTION] as const),
  );
  const central = calibratedHead({ temperature, correction });
  const head = createAgeHead(central, buckets);
  const labeled = predictions.flatMap(({ age, output }) => {
    const exact = exactAge(age);
    return exact === undefined ? [] : [labeledPredictionOf(exact, head.interpret(output))];
  });
  if (labeled.length === 0) return central;
  return calibratedHead({ temperature, correction, interval: fitInterval(labeled) });
}

function labeledPredictionOf(age: number, estimate: AgeEstimate): LabeledPrediction {
  const quantile = age < AGE_COUNT ? 1 - estimate.probabilityAtLeast(age) : 1;
  return { age, median: estimate.median, quantile };
}

/** The predictions of one data set, and how much their mean loss counts. */
interface Source {
  predictions: readonly Prediction[];
  /** All weights sum to 1. */
  weight: number;
}

function sourcesOf(predictions: readonly Prediction[]): Source[] {
  const names = [...new Set(predictions.map(({ source }) => source))];
  const sources = names.map((name) => predictions.filter(({ source }) => source === name));
  const weights = sources.map(({ length }) => Math.min(length, FULL_SOURCE_PHOTOS));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return sources.map((own, index) => ({ predictions: own, weight: weights[index]! / total }));
}

function logLoss(
  sources: readonly Source[],
  buckets: readonly Bucket[],
  spec: DistributionSpec,
): number {
  const head = createAgeHead(spec, buckets);
  const lossOf = ({ age, output }: Prediction) => {
    const probability = head.interpret(output).probabilityOf(labeledBucket(age, buckets));
    return -Math.log(Math.max(probability, 1e-9));
  };
  return sources.reduce((sum, { predictions, weight }) => {
    const losses = predictions.map(lossOf);
    return sum + weight * (losses.reduce((all, loss) => all + loss, 0) / losses.length);
  }, 0);
}

/** The ages that a label holds to be true: its range, or the bucket of an exact age. */
function labeledBucket({ min, max }: AgeRange, buckets: readonly Bucket[]): AgeRange {
  if (min === max) return buckets[bucketIndexOf(min, buckets)]!;
  return { min: Math.min(min, AGE_COUNT - 1), max };
}
