import { bucketIndexOf, type Bucket } from '../../inference/head/buckets.ts';
import { requireExactAge } from '../dataset/age-range.ts';
import { expectedCalibrationError } from './calibration-error.ts';
import type { EvaluatedPhoto } from './evaluated-photo.ts';
import type { MetricsFile, ScoreName } from './metrics-file.ts';

/** The results on a set of photos: one number per photo in each column, in the order of the photos. */
export interface Outcomes {
  readonly count: number;
  /** Labeled ages in years. */
  readonly ages: Float64Array;
  /** Predicted mean ages in years. */
  readonly means: Float64Array;
  /** Indices of the true buckets. */
  readonly trueBuckets: Float64Array;
  /** Indices of the most probable buckets. */
  readonly answeredBuckets: Float64Array;
  /** Probability of the most probable bucket. */
  readonly confidences: Float64Array;
  /** 1 if the interval contains the labeled age, else 0. */
  readonly covered: Float64Array;
}

/**
 * Compares answers with labels.
 * @param photos with exact ages
 */
export function outcomesOf(
  photos: readonly EvaluatedPhoto[],
  buckets: readonly Bucket[],
): Outcomes {
  const probabilities = photos.map(({ estimate }) => estimate.bucketProbabilities(buckets));
  const confidences = Float64Array.from(probabilities, (row) => Math.max(...row));
  const ages = Float64Array.from(photos, ({ age }) => requireExactAge(age));
  return {
    count: photos.length,
    ages,
    means: Float64Array.from(photos, ({ estimate }) => estimate.mean),
    trueBuckets: ages.map((age) => bucketIndexOf(age, buckets)),
    answeredBuckets: Float64Array.from(probabilities, (row, photo) =>
      row.indexOf(confidences[photo]!),
    ),
    confidences,
    covered: Float64Array.from(photos, ({ estimate: { interval } }, photo) =>
      Number(interval.low <= ages[photo]! && ages[photo]! <= interval.high),
    ),
  };
}

/** Returns the outcomes of some of the photos, by index. */
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

/** One number per photo for each metric; the mean of the numbers is the metric. */
export type Scores = Record<ScoreName, Float64Array>;

export type EvaluationMetrics = Record<ScoreName | 'count' | 'ece', number>;

export function scoresOf(outcomes: Outcomes): Scores {
  const { ages, means, trueBuckets, answeredBuckets, covered } = outcomes;
  const bias = means.map((mean, photo) => mean - ages[photo]!);
  const mae = bias.map(Math.abs);
  const bucketsOff = answeredBuckets.map((answered, photo) =>
    Math.abs(answered - trueBuckets[photo]!),
  );
  return {
    mae,
    bias,
    cs5: mae.map((error) => Number(error <= 5)),
    bucketAccuracy: bucketsOff.map((off) => Number(off === 0)),
    withinOneBucket: bucketsOff.map((off) => Number(off <= 1)),
    intervalCoverage: covered,
  };
}

/** Computes the metrics of a set of photos; for an empty set, all of them except `count` are NaN. */
export function metricsOf(outcomes: Outcomes): EvaluationMetrics {
  const { mae, bias, cs5, bucketAccuracy, withinOneBucket, intervalCoverage } = scoresOf(outcomes);
  return {
    count: outcomes.count,
    mae: meanOf(mae),
    bias: meanOf(bias),
    cs5: meanOf(cs5),
    bucketAccuracy: meanOf(bucketAccuracy),
    withinOneBucket: meanOf(withinOneBucket),
    ece: expectedCalibrationError(outcomes),
    intervalCoverage: meanOf(intervalCoverage),
  };
}

function meanOf(column: Float64Array): number {
  return column.reduce((sum, value) => sum + value, 0) / column.length;
}

/** Wide enough that a cell does not reveal the age of a single person. */
const CELL_YEARS = 5;

/** The confusion matrix: photos by true bucket (rows) and most probable bucket (columns). */
export function confusionOf(
  { trueBuckets, answeredBuckets }: Pick<Outcomes, 'trueBuckets' | 'answeredBuckets'>,
  bucketCount: number,
): number[][] {
  const rows = Array.from({ length: bucketCount }, () => new Array<number>(bucketCount).fill(0));
  trueBuckets.forEach((bucket, photo) => (rows[bucket]![answeredBuckets[photo]!]! += 1));
  return rows;
}

/** Counts photos by labeled age and predicted mean age in cells of five years; empty cells are omitted. */
export function ageMapOf({ ages, means }: Pick<Outcomes, 'ages' | 'means'>): MetricsFile['ageMap'] {
  const startOf = (years: number) => Math.floor(years / CELL_YEARS) * CELL_YEARS;
  const cells = new Map<string, MetricsFile['ageMap']['cells'][number]>();
  ages.forEach((age, photo) => {
    const [trueFrom, predictedFrom] = [startOf(age), startOf(means[photo]!)];
    const key = `${trueFrom} ${predictedFrom}`;
    const { photos } = cells.get(key) ?? { photos: 0 };
    cells.set(key, { trueFrom, predictedFrom, photos: photos + 1 });
  });
  const ordered = [...cells.values()].sort(
    (a, b) => a.trueFrom - b.trueFrom || a.predictedFrom - b.predictedFrom,
  );
  return { cellYears: CELL_YEARS, cells: ordered };
}
