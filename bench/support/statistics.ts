import { quantileOf } from '../../src/common/statistics.ts';

/**
 * The nearest-rank percentile: the smallest value that at least `share` of all values do not exceed.
 * @param sorted ascending
 * @param share in (0, 1]
 * @returns NaN if there are no values
 */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** The median of several rounds, and their range. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Values that are not finite are left out; with none left, all three are NaN. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  return {
    median: quantileOf(sorted, 0.5),
    low: sorted[0] ?? Number.NaN,
    high: sorted.at(-1) ?? Number.NaN,
  };
}

/** Element by element; a round that is missing on either side is left out. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.slice(0, theirs.length).map((value, round) => value / theirs[round]!);
}
