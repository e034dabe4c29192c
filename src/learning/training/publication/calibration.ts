import {
  createAgeHead,
  type AgeEstimate,
  type AgeHeadSpec,
} from '../../../inference/head/age-head.ts';
import { bucketIndexOf, type Bucket } from '../../../inference/head/buckets.ts';
import { centralInterval, type IntervalSpec } from '../../../inference/head/interval.ts';
import { fitInterval, type PlacedAge } from './interval-fit.ts';
import { AGE_COUNT } from '../batches/targets.ts';

type DistributionSpec = Extract<AgeHeadSpec, { kind: 'age-distribution' }>;

/** A network's untempered output for a photo, beside its true age. */
export interface Answered {
  age: number;
  output: Float32Array;
}

/** How finely a temperature is fitted: what differs by less may be a rounding of the network's answers. */
export const TEMPERATURE_RESOLUTION = 1e-3;

/** Reads a network's answers as they are. */
export const untemperedHead = headOf(1, centralInterval);

/**
 * Fits a head on validation photos: the temperature that makes the buckets' probabilities most likely
 * (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017), then the interval.
 */
export function calibrate(
  answered: readonly Answered[],
  buckets: readonly Bucket[],
): DistributionSpec {
  const temperature = minimise(
    (candidate) => bucketLogLoss(answered, buckets, headOf(candidate, centralInterval)),
    0.3,
    4,
  );
  const head = createAgeHead(headOf(temperature, centralInterval), buckets);
  const placed = answered.map(({ age, output }) => placeOf(age, head.interpret(output)));
  return headOf(temperature, fitInterval(placed));
}

function headOf(temperature: number, interval: IntervalSpec): DistributionSpec {
  return { kind: 'age-distribution', minAge: 0, maxAge: AGE_COUNT - 1, temperature, interval };
}

function placeOf(age: number, estimate: AgeEstimate): PlacedAge {
  const quantile = age < AGE_COUNT ? 1 - estimate.probabilityAtLeast(age) : 1;
  return { age, median: estimate.median, quantile };
}

function bucketLogLoss(
  answered: readonly Answered[],
  buckets: readonly Bucket[],
  spec: DistributionSpec,
): number {
  const head = createAgeHead(spec, buckets);
  const losses = answered.map(({ age, output }) => {
    const probability = head.interpret(output).bucketProbabilities()[bucketIndexOf(age, buckets)]!;
    return -Math.log(Math.max(probability, 1e-9));
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** Golden-section search of a function with one minimum (Kiefer 1953). */
function minimise(cost: (value: number) => number, from: number, to: number): number {
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
