import {
  quantilesAt,
  type IntervalKnot,
  type IntervalSpec,
} from '../../../inference/head/interval.ts';

/** Where a photo's labelled age lies in the distribution that the network predicted for it. */
export interface PlacedAge {
  age: number;
  /** Of the prediction. */
  median: number;
  /** Of the labelled age: the probability of all ages below it. */
  quantile: number;
}

const LEVEL = 0.8;
const TAIL = (1 - LEVEL) / 2;
/** How far a knot's tails may leave TAIL to even out the coverage of young and old. */
const MAX_SHIFT = 0.015;
const KNOTS = [5, 15, 25, 35, 45, 55, 65, 75];
/** Years; a photo counts for the knots near it. */
const BANDWIDTH = 6;
/** Photos that a knot needs near it. */
const MIN_WEIGHT = 30;
const ROUNDS = 60;
const STEP = 0.15;

/** The photos in order of their quantile, with their weights for one knot. */
interface Neighbourhood {
  median: number;
  quantiles: Float64Array;
  /** Running sums of weights by nearness of the predicted median; the last is 1. */
  cumulative: Float64Array;
  /** Weights by nearness of the labelled age, summing to 1. */
  byAge: Float64Array;
}

/**
 * Fits the interval's quantiles to validation photos so that it covers 80 % of them: for predictions near each knot as
 * many labelled ages lie below as above (conformal prediction by groups of predictions; Romano et al., "Conformalized
 * Quantile Regression", NeurIPS 2019). Coverage of the labelled ages then still differs, since a network leans
 * towards common ages: each knot's tails move a little until photos of ages near it are covered more evenly.
 */
export function fitInterval(photos: readonly PlacedAge[]): IntervalSpec {
  const sorted = photos.toSorted((a, b) => a.quantile - b.quantile);
  const near = KNOTS.map((knot) => neighbourhood(sorted, knot)).filter((one) => one !== undefined);
  const hoods = near.length > 0 ? near : [everywhere(sorted)];
  const tails = evenTails(sorted, hoods);
  const factor = bisect((scale) => coverage(sorted, knotsOf(hoods, tails, scale)) - LEVEL);
  return { level: LEVEL, knots: knotsOf(hoods, tails, factor) };
}

/** Moves each knot's tail towards even coverage of the labelled ages, within MAX_SHIFT. */
function evenTails(sorted: readonly PlacedAge[], hoods: readonly Neighbourhood[]): number[] {
  let tails = hoods.map(() => TAIL);
  for (let round = 0; round < ROUNDS; round++) {
    const knots = knotsOf(hoods, tails, 1);
    const covered = sorted.map((photo) => Number(isCovered(photo, knots)));
    tails = hoods.map(({ byAge }, index) => {
      const excess = covered.reduce((sum, one, at) => sum + one * byAge[at]!, 0) - LEVEL;
      const moved = tails[index]! + STEP * excess;
      return Math.min(TAIL + MAX_SHIFT, Math.max(TAIL - MAX_SHIFT, moved));
    });
  }
  return tails;
}

function neighbourhood(sorted: readonly PlacedAge[], knot: number): Neighbourhood | undefined {
  const nearness = (years: number) => Math.exp(-0.5 * ((years - knot) / BANDWIDTH) ** 2);
  const byMedian = sorted.map(({ median }) => nearness(median));
  const byAge = sorted.map(({ age }) => nearness(age));
  const [medians, ages] = [sumOf(byMedian), sumOf(byAge)];
  if (medians < MIN_WEIGHT || ages < MIN_WEIGHT) return undefined;
  return {
    median: knot,
    quantiles: Float64Array.from(sorted, ({ quantile }) => quantile),
    cumulative: runningSums(byMedian, medians),
    byAge: Float64Array.from(byAge, (weight) => weight / ages),
  };
}

/** Of too few photos for any knot. */
function everywhere(sorted: readonly PlacedAge[]): Neighbourhood {
  const same = sorted.map(() => 1);
  return {
    median: 0,
    quantiles: Float64Array.from(sorted, ({ quantile }) => quantile),
    cumulative: runningSums(same, same.length),
    byAge: Float64Array.from(same, (weight) => weight / same.length),
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function runningSums(weights: readonly number[], total: number): Float64Array {
  let sum = 0;
  return Float64Array.from(weights, (weight) => (sum += weight) / total);
}

function knotsOf(
  hoods: readonly Neighbourhood[],
  tails: readonly number[],
  scale: number,
): IntervalKnot[] {
  return hoods.map((hood, index) => {
    const tail = tails[index]! * scale;
    const lowQuantile = within(quantileAt(hood, tail), 1e-4, 0.5);
    return {
      median: hood.median,
      lowQuantile,
      highQuantile: within(quantileAt(hood, 1 - tail), 0.5, 1 - 1e-4),
    };
  });
}

/** The quantile below which a share of the neighbourhood's weight lies. */
function quantileAt({ quantiles, cumulative }: Neighbourhood, share: number): number {
  const at = cumulative.findIndex((sum) => sum >= share);
  return quantiles[at === -1 ? quantiles.length - 1 : at]!;
}

function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function isCovered({ median, quantile }: PlacedAge, knots: IntervalKnot[]): boolean {
  const { low, high } = quantilesAt({ knots }, median);
  return low <= quantile && quantile <= high;
}

function coverage(sorted: readonly PlacedAge[], knots: IntervalKnot[]): number {
  return sorted.filter((photo) => isCovered(photo, knots)).length / sorted.length;
}

/** The scale of the tails at which `excess`, which falls with it, is nearest to nothing. */
function bisect(excess: (scale: number) => number): number {
  let [low, high] = [0.5, 2];
  for (let round = 0; round < 20; round++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
