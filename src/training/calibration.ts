import { createAgeHead, type AgeHeadSpec } from '../network/age-head.ts';
import { bucketIndexOf, type Bucket } from '../network/buckets.ts';
import { AGE_COUNT } from './targets.ts';

type DistributionSpec = Extract<AgeHeadSpec, { kind: 'age-distribution' }>;

/** A network's untempered output for a photo, beside its true age. */
export interface Answered {
  age: number;
  output: Float32Array;
}

const LEVEL = 0.8;

/**
 * Fits a head on validation photos: the temperature that makes the buckets' probabilities most likely
 * (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017), then the two quantiles that leave a tenth
 * of the labelled ages below and a tenth above the interval.
 */
export function calibrate(
  answered: readonly Answered[],
  buckets: readonly Bucket[],
): DistributionSpec {
  const temperature = minimise(
    (candidate) => bucketLogLoss(answered, buckets, { ...untemperedHead, temperature: candidate }),
    0.3,
    4,
  );
  const tail = (1 - LEVEL) / 2;
  const quantile = (side: 'low' | 'high') =>
    fitQuantile(answered, buckets, temperature, side, tail);
  return specOf(temperature, quantile('low'), quantile('high'));
}

/** Reads a network's answers as they are. */
export const untemperedHead = specOf(1, 0.1, 0.9);

function specOf(temperature: number, lowQuantile: number, highQuantile: number): DistributionSpec {
  return {
    kind: 'age-distribution',
    minAge: 0,
    maxAge: AGE_COUNT - 1,
    temperature,
    interval: { level: LEVEL, lowQuantile, highQuantile },
  };
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

/** Bisection: the share of ages outside one end falls or rises steadily with that end's quantile. */
function fitQuantile(
  answered: readonly Answered[],
  buckets: readonly Bucket[],
  temperature: number,
  side: 'low' | 'high',
  tail: number,
): number {
  let [below, above] = side === 'low' ? [1e-4, 0.5] : [0.5, 1 - 1e-4];
  for (let round = 0; round < 14; round++) {
    const middle = (below + above) / 2;
    const head = createAgeHead(
      side === 'low' ? specOf(temperature, middle, 0.9) : specOf(temperature, 0.1, middle),
      buckets,
    );
    const outside = answered.filter(({ age, output }) => {
      const { low, high } = head.interpret(output).interval;
      return side === 'low' ? age < low : age > high;
    }).length;
    const tooFar = outside / answered.length > tail === (side === 'low');
    if (tooFar) above = middle;
    else below = middle;
  }
  return (below + above) / 2;
}

/** Golden-section search of a function with one minimum (Kiefer 1953). */
function minimise(cost: (value: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let [leftCost, rightCost] = [cost(left), cost(right)];
  while (high - low > 1e-3) {
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
