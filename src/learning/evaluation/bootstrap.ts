import { mulberry32 } from '../../common/random.ts';
import type { Interval } from './metrics-file.ts';
import { quantileOf, wilsonInterval } from '../../common/statistics.ts';

export const BOOTSTRAP_RESAMPLES = 1000;
export const BOOTSTRAP_LEVEL = 0.95;
/** With fewer photos, bootstrap intervals are unreliable. */
export const MIN_PHOTOS_FOR_INTERVALS = 10;

/**
 * Computes a 95 % interval for the mean of each column by the percentile bootstrap: the middle 95 % of the means over as
 * many photos, drawn with replacement (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13). All
 * columns use the same draws.
 * @param columns one number per photo; all columns have the same length
 */
export function bootstrapIntervals<Name extends string>(
  columns: Readonly<Record<Name, Float64Array>>,
  { resamples = BOOTSTRAP_RESAMPLES, seed = 1 } = {},
): Record<Name, Interval> {
  const names = Object.keys(columns) as Name[];
  const means = resampledMeans(
    names.map((name) => columns[name]),
    resamples,
    seed,
  );
  const tail = (1 - BOOTSTRAP_LEVEL) / 2;
  const intervals = means.map((drawn, index) => {
    const ascending = drawn.sort();
    const interval = { low: quantileOf(ascending, tail), high: quantileOf(ascending, 1 - tail) };
    return [names[index], interval] as const;
  });
  return Object.fromEntries(intervals) as Record<Name, Interval>;
}

/**
 * Bootstrap intervals; for a share of 0 or 1, Wilson's interval, because the bootstrap interval of identical values would
 * have no width.
 * @param shares the columns that are 0 or 1 per photo
 */
export function scoreIntervals<Name extends string>(
  scores: Readonly<Record<Name, Float64Array>>,
  shares: readonly NoInfer<Name>[],
  seed: number,
): Record<Name, Interval> {
  const intervals = bootstrapIntervals(scores, { seed });
  for (const name of shares) {
    const hits = scores[name].reduce((sum, hit) => sum + hit, 0);
    const photos = scores[name].length;
    if (hits === 0 || hits === photos) intervals[name] = wilsonInterval(hits, photos);
  }
  return intervals;
}

/** Returns the mean of each column in each resample. */
function resampledMeans(
  columns: readonly Float64Array[],
  resamples: number,
  seed: number,
): Float64Array[] {
  const random = mulberry32(seed);
  const photos = columns[0]!.length;
  const rows = byPhoto(columns, photos);
  const means = columns.map(() => new Float64Array(resamples));
  for (let resample = 0; resample < resamples; resample++) {
    const sums = new Float64Array(columns.length);
    for (let draw = 0; draw < photos; draw++) {
      const row = Math.floor(random() * photos) * columns.length;
      for (let column = 0; column < columns.length; column++) sums[column]! += rows[row + column]!;
    }
    means.forEach((drawn, column) => (drawn[resample] = sums[column]! / photos));
  }
  return means;
}

/** Arranges the columns photo by photo in contiguous memory, which speeds up resampling. */
function byPhoto(columns: readonly Float64Array[], photos: number): Float64Array {
  const rows = new Float64Array(photos * columns.length);
  columns.forEach((values, column) =>
    values.forEach((value, photo) => (rows[photo * columns.length + column] = value)),
  );
  return rows;
}
