import { z } from 'zod';
import { ServiceError } from '../../common/errors.ts';
import { ageCorrectionSchema, ageCorrector, type CorrectAges } from './age-correction.ts';
import { bucketCells, cellAfter, cellFrom, yearCells, type AgeCells } from './age-cells.ts';
import { bucketSchema, bucketsSchema, coverageFault, type Bucket } from './buckets.ts';
import { centralInterval, intervalSchema, quantilesAt, type IntervalSpec } from './interval.ts';

export { bucketSchema, type Bucket };

/** The network outputs a distribution over whole years. */
export const ageDistributionHeadSchema = z.strictObject({
  kind: z.literal('age-distribution'),
  minAge: z.int().min(0).max(150),
  maxAge: z.int().min(0).max(150),
  /** Beyond these bounds p^(1/T) is 0 or 1 for every p. */
  temperature: z.number().min(0.01).max(100),
  /** Applied after the temperature; without it ages stay as the network outputs them. */
  correction: ageCorrectionSchema.optional(),
  interval: intervalSchema,
});

/** The network outputs a probability per bucket. */
export const bucketsHeadSchema = z.strictObject({
  kind: z.literal('buckets'),
  buckets: bucketsSchema,
});

export const ageHeadSchema = z.discriminatedUnion('kind', [
  ageDistributionHeadSchema,
  bucketsHeadSchema,
]);

export type AgeHeadSpec = z.infer<typeof ageHeadSchema>;

/** Interprets the ages or buckets of a network's raw output; bound to one model version. See `readOutputRow`. */
export interface AgeHead {
  /** Number of ages or buckets; the network's output may have one value more per image, the face probability. */
  readonly outputLength: number;
  /** The buckets of answers to requests that do not ask for their own. */
  readonly buckets: readonly Bucket[];
  /** @throws ServiceError `inference_failed` if the output is not a distribution */
  interpret(output: Float32Array): AgeEstimate;
}

/**
 * The age estimate of one face. Probabilities sum to 1.
 *
 * `mean` is the expected age in completed years, the scale of the labels: Σ p·a. `median` and `interval` are quantiles
 * of the cumulative distribution, in which age a covers [a, a + 1), with fractions of years interpolated. They therefore
 * agree with buckets and thresholds: median ≥ 18 exactly if probabilityAtLeast(18) ≥ 0.5.
 */
export interface AgeEstimate {
  /** The probability of each year, or of each bucket if the network outputs buckets. */
  readonly distribution: Float64Array;
  readonly mean: number;
  readonly median: number;
  /** `level` is the share of validation faces whose age the interval covered. */
  readonly interval: { readonly level: number; readonly low: number; readonly high: number };
  /** @throws ServiceError `edge_not_supported` if the model does not have one of the edges */
  probabilityOf(bucket: Pick<Bucket, 'min' | 'max'>): number;
  /** @throws ServiceError `edge_not_supported` if the model has no edge at this age */
  probabilityAtLeast(age: number): number;
  /** Like probabilityOf for each bucket, in order; by default for the head's own buckets. */
  bucketProbabilities(buckets?: readonly Bucket[]): number[];
}

/**
 * @param buckets the version's own buckets, from the manifest
 * @throws Error if the buckets are not valid, or the network cannot distinguish them
 */
export function createAgeHead(spec: AgeHeadSpec, buckets: readonly Bucket[]): AgeHead {
  const fault =
    coverageFault(buckets) ?? (spec.kind === 'buckets' ? coverageFault(spec.buckets) : undefined);
  if (fault !== undefined) throw new Error(`the model's buckets cannot be used: ${fault}`);
  const cells =
    spec.kind === 'age-distribution'
      ? yearCells(spec.minAge, spec.maxAge)
      : bucketCells(spec.buckets);
  for (const { min } of buckets) cellFrom(cells, min);
  const correct = correctorOf(spec, cells);
  return {
    outputLength: cells.count,
    buckets,
    interpret: (output) =>
      estimateOf(correct(toDistribution(output, cells, spec)), cells, spec, buckets),
  };
}

function correctorOf(spec: AgeHeadSpec, cells: AgeCells): CorrectAges {
  if (spec.kind === 'buckets' || spec.correction === undefined)
    return (distribution) => distribution;
  return ageCorrector(spec.correction, cells);
}

/**
 * Applies temperature scaling to the network's output, p^(1/T) renormalized: Guo et al. 2017, "On Calibration of Modern
 * Neural Networks", written for probabilities instead of logits.
 */
function toDistribution(output: Float32Array, cells: AgeCells, spec: AgeHeadSpec): Float64Array {
  const exponent = spec.kind === 'age-distribution' ? 1 / spec.temperature : 1;
  const distribution = new Float64Array(output.length);
  let total = 0;
  for (let cell = 0; cell < output.length; cell += 1) {
    total += distribution[cell] = Math.max(output[cell]!, 0) ** exponent;
  }
  if (output.length !== cells.count || !(total > 0) || !Number.isFinite(total)) {
    throw new ServiceError('inference_failed', 'The model did not return a valid distribution.');
  }
  for (let cell = 0; cell < distribution.length; cell += 1) distribution[cell]! /= total;
  return distribution;
}

function estimateOf(
  distribution: Float64Array,
  cells: AgeCells,
  spec: AgeHeadSpec,
  ownBuckets: readonly Bucket[],
): AgeEstimate {
  const interval = spec.kind === 'age-distribution' ? spec.interval : centralInterval;
  const median = quantileOf(distribution, cells, 0.5);
  const probabilityOf: AgeEstimate['probabilityOf'] = ({ min, max }) =>
    sumBetween(distribution, cellFrom(cells, min), cellAfter(cells, max));
  return {
    distribution,
    mean: meanOf(distribution, cells),
    median,
    interval: intervalOf(distribution, cells, interval, median),
    probabilityOf,
    probabilityAtLeast: (age) =>
      sumBetween(distribution, cellFrom(cells, age), distribution.length),
    bucketProbabilities: (buckets = ownBuckets) => buckets.map(probabilityOf),
  };
}

function intervalOf(
  distribution: Float64Array,
  cells: AgeCells,
  interval: IntervalSpec,
  median: number,
): AgeEstimate['interval'] {
  const { low, high } = quantilesAt(interval, median);
  return {
    level: interval.level,
    low: quantileOf(distribution, cells, low),
    high: quantileOf(distribution, cells, high),
  };
}

/** Adds from the end, so that a sum which starts at an earlier cell is never smaller, not even by rounding. */
function sumBetween(distribution: Float64Array, start: number, end: number): number {
  let sum = 0;
  for (let cell = end - 1; cell >= start; cell -= 1) sum += distribution[cell]!;
  return sum;
}

/** Each cell counts as the mean of its whole years. */
function meanOf(distribution: Float64Array, { starts }: AgeCells): number {
  let sum = 0;
  for (let cell = 0; cell < distribution.length; cell += 1) {
    sum += (distribution[cell]! * (starts[cell]! + starts[cell + 1]! - 1)) / 2;
  }
  return sum;
}

/**
 * The oldest age below which no more than the quantile lies, interpolated within a cell. Where no probability lies between
 * two ages, this is the older one, so that the median is at least 18 also where probabilityAtLeast(18) is exactly 0.5.
 */
function quantileOf(distribution: Float64Array, { starts }: AgeCells, quantile: number): number {
  let below = 0;
  let end = starts[0]!;
  for (let cell = 0; cell < distribution.length; cell += 1) {
    const p = distribution[cell]!;
    if (below + p > quantile) {
      const share = Math.min(1, (quantile - below) / p);
      return starts[cell]! + share * (starts[cell + 1]! - starts[cell]!);
    }
    if (p > 0) end = starts[cell + 1]!;
    below += p;
  }
  return end;
}
