import {
  quantilesAt,
  type IntervalKnot,
  type IntervalSpec,
} from '../../../inference/head/interval.ts';

/** The labeled age of a photo, and its position in the distribution that the network predicted. */
export interface LabeledPrediction {
  /** Labeled age in years. */
  age: number;
  /** Median of the predicted distribution, in years. */
  median: number;
  /** Predicted probability of all ages below the labeled one. */
  quantile: number;
}

const LEVEL = 0.8;
const TAIL = (1 - LEVEL) / 2;
/** How far the tails of a knot may deviate from TAIL to even out the coverage across ages. */
const MAX_SHIFT = 0.015;
const KNOTS = [5, 15, 25, 35, 45, 55, 65, 75];
/** Width in years of the kernel that weights photos by their distance from a knot. */
const BANDWIDTH = 6;
/** Minimum total weight of the photos near a knot. */
const MIN_WEIGHT = 30;
const ROUNDS = 60;
const STEP = 0.15;

/** The photos sorted by quantile, with their weights for one knot. */
interface Neighborhood {
  median: number;
  quantiles: Float64Array;
  /** Cumulative weights by the distance of the predicted median from the knot; the last one is 1. */
  cumulative: Float64Array;
  /** Weights by the distance of the labeled age from the knot, summing to 1. */
  byAge: Float64Array;
}

/**
 * Fits the quantiles of the interval to validation photos so that it covers 80 % of them. For predictions near each knot,
 * as many labeled ages lie below the interval as above it (conformal prediction by groups of predictions; Romano et al.,
 * "Conformalized Quantile Regression", NeurIPS 2019). Because a network is biased toward common ages, the coverage would
 * still vary with the labeled age, so the tails of each knot are adjusted slightly to even it out.
 */
export function fitInterval(photos: readonly LabeledPrediction[]): IntervalSpec {
  const sorted = photos.toSorted((a, b) => a.quantile - b.quantile);
  const near = KNOTS.map((knot) => neighborhood(sorted, knot)).filter((one) => one !== undefined);
  const neighborhoods = near.length > 0 ? near : [uniformNeighborhood(sorted)];
  const tails = evenTails(sorted, neighborhoods);
  const factor = bisect((scale) => coverage(sorted, knotsOf(neighborhoods, tails, scale)) - LEVEL);
  return { level: LEVEL, knots: knotsOf(neighborhoods, tails, factor) };
}

/** Adjusts the tail of each knot, within MAX_SHIFT, so that labeled ages are covered more evenly. */
function evenTails(
  sorted: readonly LabeledPrediction[],
  neighborhoods: readonly Neighborhood[],
): number[] {
  let tails = neighborhoods.map(() => TAIL);
  for (let round = 0; round < ROUNDS; round++) {
    const knots = knotsOf(neighborhoods, tails, 1);
    const covered = sorted.map((photo) => Number(isCovered(photo, knots)));
    tails = neighborhoods.map(({ byAge }, index) => {
      const excess = covered.reduce((sum, one, at) => sum + one * byAge[at]!, 0) - LEVEL;
      const moved = tails[index]! + STEP * excess;
      return Math.min(TAIL + MAX_SHIFT, Math.max(TAIL - MAX_SHIFT, moved));
    });
  }
  return tails;
}

function neighborhood(
  sorted: readonly LabeledPrediction[],
  knot: number,
): Neighborhood | undefined {
  const kernel = (years: number) => Math.exp(-0.5 * ((years - knot) / BANDWIDTH) ** 2);
  const byMedian = sorted.map(({ median }) => kernel(median));
  const byAge = sorted.map(({ age }) => kernel(age));
  const [medians, ages] = [sumOf(byMedian), sumOf(byAge)];
  if (medians < MIN_WEIGHT || ages < MIN_WEIGHT) return undefined;
  return {
    median: knot,
    quantiles: Float64Array.from(sorted, ({ quantile }) => quantile),
    cumulative: cumulativeSums(byMedian, medians),
    byAge: Float64Array.from(byAge, (weight) => weight / ages),
  };
}

/** Weights all photos equally; used if there are too few photos for any knot. */
function uniformNeighborhood(sorted: readonly LabeledPrediction[]): Neighborhood {
  const equal = sorted.map(() => 1);
  return {
    median: 0,
    quantiles: Float64Array.from(sorted, ({ quantile }) => quantile),
    cumulative: cumulativeSums(equal, equal.length),
    byAge: Float64Array.from(equal, (weight) => weight / equal.length),
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function cumulativeSums(weights: readonly number[], total: number): Float64Array {
  let sum = 0;
  return Float64Array.from(weights, (weight) => (sum += weight) / total);
}

function knotsOf(
  neighborhoods: readonly Neighborhood[],
  tails: readonly number[],
  scale: number,
): IntervalKnot[] {
  return neighborhoods.map((neighborhood, index) => {
    const tail = tails[index]! * scale;
    const lowQuantile = clamp(quantileAt(neighborhood, tail), 1e-4, 0.5);
    return {
      median: neighborhood.median,
      lowQuantile,
      highQuantile: clamp(quantileAt(neighborhood, 1 - tail), 0.5, 1 - 1e-4),
    };
  });
}

/** The quantile below which a given share of the neighborhood's weight lies. */
function quantileAt({ quantiles, cumulative }: Neighborhood, share: number): number {
  const at = cumulative.findIndex((sum) => sum >= share);
  return quantiles[at === -1 ? quantiles.length - 1 : at]!;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function isCovered({ median, quantile }: LabeledPrediction, knots: IntervalKnot[]): boolean {
  const { low, high } = quantilesAt({ knots }, median);
  return low <= quantile && quantile <= high;
}

function coverage(sorted: readonly LabeledPrediction[], knots: IntervalKnot[]): number {
  return sorted.filter((photo) => isCovered(photo, knots)).length / sorted.length;
}

/** Finds the scale of the tails at which `excess`, which decreases with it, is closest to zero. */
function bisect(excess: (scale: number) => number): number {
  let [low, high] = [0.5, 2];
  for (let round = 0; round < 20; round++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
