/** Quantile of the standard normal distribution that leaves 5 % above it: one-sided bounds at 95 %. */
export const ONE_SIDED_95 = 1.645;
/** Quantile of the standard normal distribution that leaves 2.5 % above it: two-sided intervals of 95 %. */
export const TWO_SIDED_95 = 1.959964;

export interface Interval {
  low: number;
  high: number;
}

/**
 * Wilson's score interval of a proportion (E. B. Wilson, "Probable inference, the law of succession, and statistical
 * inference", JASA 1927). Unlike a bootstrap interval it does not shrink to a point when there are no hits, or only hits.
 * @param count above 0
 * @param z quantile of the standard normal distribution; by default of a two-sided interval of 95 %
 */
export function wilsonInterval(hits: number, count: number, z = TWO_SIDED_95): Interval {
  const share = hits / count;
  const spread = (z * z) / count;
  const center = share + spread / 2;
  const half = z * Math.sqrt((share * (1 - share)) / count + spread / (4 * count));
  return {
    low: Math.max(0, (center - half) / (1 + spread)),
    high: Math.min(1, (center + half) / (1 + spread)),
  };
}

/** The lower end of Wilson's score interval of a proportion, one-sided at 95 %; 0 when nothing was counted. */
export function wilsonLowerBound(hits: number, count: number): number {
  return count === 0 ? 0 : wilsonInterval(hits, count, ONE_SIDED_95).low;
}

/**
 * The q-quantile, interpolated linearly between neighbors (type 7 of Hyndman and Fan 1996).
 * @param ascending sorted values
 * @param q from 0 to 1
 * @returns NaN when there are no values
 */
export function quantileOf(ascending: ArrayLike<number>, q: number): number {
  const rank = q * (ascending.length - 1);
  const below = Math.floor(rank);
  const low = ascending[below] ?? Number.NaN;
  const high = ascending[Math.min(below + 1, ascending.length - 1)] ?? Number.NaN;
  return low + (rank - below) * (high - low);
}

/** The first index of the largest value; 0 when there are no values. */
export function indexOfLargest(values: ArrayLike<number>): number {
  let largest = 0;
  for (let index = 1; index < values.length; index += 1) {
    if (values[index]! > values[largest]!) largest = index;
  }
  return largest;
}
