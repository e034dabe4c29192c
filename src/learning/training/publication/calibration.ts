import {
  createAgeHead,
  type AgeEstimate,
  type AgeHeadSpec,
} from '../../../inference/head/age-head.ts';
import { bucketIndexOf, type Bucket } from '../../../inference/head/buckets.ts';
import { centralInterval, type IntervalSpec } from '../../../inference/head/interval.ts';
import { fitInterval, type LabeledPrediction } from './interval-fit.ts';
import { AGE_COUNT } from '../batches/targets.ts';

type DistributionSpec = Extract<AgeHeadSpec, { kind: 'age-distribution' }>;

/** The uncalibrated output of a network for a photo, with the labeled age. */
export interface Prediction {
  age: number;
  output: Float32Array;
}

/** Precision of the fitted temperature; smaller differences may come from rounding in the network's outputs. */
export const TEMPERATURE_RESOLUTION = 1e-3;

/** Interprets the outputs of a network without calibration. */
export const untemperedHead = headOf(1, centralInterval);

/**
 * Calibrates a head on validation photos: first the temperature that minimizes the log loss of the buckets
 * (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017), then the interval.
 */
export function calibrate(
  predictions: readonly Prediction[],
  buckets: readonly Bucket[],
): DistributionSpec {
  const temperature = minimize(
    (candidate) => bucketLogLoss(predictions, buckets, headOf(candidate, centralInterval)),
    0.3,
    4,
  );
  const head = createAgeHead(headOf(temperature, centralInterval), buckets);
  const labeled = predictions.map(({ age, output }) =>
    labeledPredictionOf(age, head.interpret(output)),
  );
  return headOf(temperature, fitInterval(labeled));
}

function headOf(temperature: number, interval: IntervalSpec): DistributionSpec {
  return { kind: 'age-distribution', minAge: 0, maxAge: AGE_COUNT - 1, temperature, interval };
}

function labeledPredictionOf(age: number, estimate: AgeEstimate): LabeledPrediction {
  const quantile = age < AGE_COUNT ? 1 - estimate.probabilityAtLeast(age) : 1;
  return { age, median: estimate.median, quantile };
}

function bucketLogLoss(
  predictions: readonly Prediction[],
  buckets: readonly Bucket[],
  spec: DistributionSpec,
): number {
  const head = createAgeHead(spec, buckets);
  const losses = predictions.map(({ age, output }) => {
    const probability = head.interpret(output).bucketProbabilities()[bucketIndexOf(age, buckets)]!;
    return -Math.log(Math.max(probability, 1e-9));
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
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
