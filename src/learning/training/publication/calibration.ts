import {
  createAgeHead,
  type AgeEstimate,
  type AgeHeadSpec,
} from '../../../inference/head/age-head.ts';
import { bucketIndexOf, type Bucket } from '../../../inference/head/buckets.ts';
import { exactAge, type AgeRange } from '../../dataset/age-range.ts';
import { centralInterval, type IntervalSpec } from '../../../inference/head/interval.ts';
import { fitInterval, type LabeledPrediction } from './interval-fit.ts';
import { AGE_COUNT } from '../batches/targets.ts';

type DistributionSpec = Extract<AgeHeadSpec, { kind: 'age-distribution' }>;

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
export const untemperedHead = headOf(1, centralInterval);

/**
 * Calibrates a head on validation photos: first the temperature that minimizes the log loss of the labeled ranges and of
 * the buckets of exact ages (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017), each data set counting
 * equally; then the interval, on exact ages alone, since a range says nothing about a position in the distribution. Without
 * exact ages it is the central one.
 */
export function calibrate(
  predictions: readonly Prediction[],
  buckets: readonly Bucket[],
): DistributionSpec {
  const sources = sourcesOf(predictions);
  const temperature = minimize(
    (candidate) => logLoss(sources, buckets, headOf(candidate, centralInterval)),
    0.3,
    4,
  );
  const head = createAgeHead(headOf(temperature, centralInterval), buckets);
  const labeled = predictions.flatMap(({ age, output }) => {
    const exact = exactAge(age);
    return exact === undefined ? [] : [labeledPredictionOf(exact, head.interpret(output))];
  });
  return headOf(temperature, labeled.length === 0 ? centralInterval : fitInterval(labeled));
}

function headOf(temperature: number, interval: IntervalSpec): DistributionSpec {
  return { kind: 'age-distribution', minAge: 0, maxAge: AGE_COUNT - 1, temperature, interval };
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

/** Golden-section search for the minimum of a unimodal function (Kiefer 1953). */
function minimize(cost: (value: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let [leftCost, rightCost] = [cost(left), cost(right)];
  while (high - low > TEMPERATURE_RESOLUTION) {
    if (leftCost < rightCost) {
      [high, right, rightCost] = [right, left, leftCost];
      left = high - ratio * (high - low);
      leftCost = cost(left);
    } else {
      [low, left, leftCost] = [left, right, rightCost];
      right = low + ratio * (high - low);
      rightCost = cost(right);
    }
  }
  return (low + high) / 2;
}
