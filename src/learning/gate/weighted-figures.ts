import { quantileOf } from '../../common/statistics.ts';
import { mulberry32 } from '../../common/random.ts';
import type { GateFigureName } from '../../registry/gate/gate-result.ts';
import { binOf, ECE_BINS } from '../evaluation/calibration-error.ts';
import { ADULT_YEARS } from '../evaluation/error-rates.ts';
import { scoresOf } from '../evaluation/metrics.ts';
import type { Interval } from '../evaluation/metrics-file.ts';
import type { GatedGroup, VersionAnswers } from './gated-answers.ts';

/** How many times each photo counts, by photo index. */
export type Weights = Uint16Array;

export interface BootstrapOptions {
  resamples: number;
  /** The confidence level: the share of the resamples inside an interval, with equal tails. */
  confidence: number;
  seed: number;
}

/**
 * Estimates confidence intervals of statistics that compare two versions on the same photos: each resample draws as many
 * photos with replacement, and both versions are compared on the drawn photos (paired percentile bootstrap; Efron and
 * Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8 and 13).
 * @param statistics computes the statistics of the weighted photos; NaN values are ignored
 * @returns an interval by name; NaN if the statistic is NaN in every resample
 */
export function pairedBootstrap<Name extends string>(
  photos: number,
  statistics: (weights: Weights) => Readonly<Record<Name, number>>,
  { resamples, confidence, seed }: BootstrapOptions,
): Record<Name, Interval> {
  const random = mulberry32(seed);
  const weights = new Uint16Array(photos);
  const drawn = Array.from({ length: resamples }, () => {
    resample(weights, random);
    return statistics(weights);
  });
  const names = Object.keys(drawn[0]!) as Name[];
  const intervals = names.map((name) => {
    const values = drawn.map((statistic) => statistic[name]).filter((value) => !isNaN(value));
    return [name, centralInterval(Float64Array.from(values).sort(), confidence)] as const;
  });
  return Object.fromEntries(intervals) as Record<Name, Interval>;
}

function resample(weights: Weights, random: () => number): void {
  const photos = weights.length;
  weights.fill(0);
  for (let draw = 0; draw < photos; draw++) weights[Math.floor(random() * photos)]! += 1;
}

function centralInterval(ascending: Float64Array, confidence: number): Interval {
  if (ascending.length === 0) return { low: NaN, high: NaN };
  const tail = (1 - confidence) / 2;
  return { low: quantileOf(ascending, tail), high: quantileOf(ascending, 1 - tail) };
}

/** Computes the figures of a version on weighted photos; NaN for a figure without data. */
export type WeightedFigures = (weights: Weights) => Record<GateFigureName, number>;

/** Precomputes everything that the resamples share, and returns the function that applies weights. */
export function weightedFigures(
  { exact, ranges, latenciesMs, distinguishesYears }: VersionAnswers,
  groups: readonly GatedGroup[],
): WeightedFigures {
  const { mae: errors, bucketAccuracy: correct } = scoresOf(exact.outcomes);
  const { confidences, ages, means } = exact.outcomes;
  const { correct: correctRanges } = ranges.outcomes;
  const all = indices(exact.photos.length);
  const minors = distinguishesYears ? all.filter((photo) => ages[photo]! < ADULT_YEARS) : [];
  const passes = means.map((mean) => Number(mean >= ADULT_YEARS));
  const bins = Uint8Array.from(confidences, binOf);
  const gaps = confidences.map((confidence, photo) => confidence - correct[photo]!);
  const byLatency = indices(latenciesMs.length).sort((a, b) => latenciesMs[a]! - latenciesMs[b]!);
  return (weights) => {
    const own = weightsOf(exact.photos, weights);
    return {
      mae: meanOf(errors, all, own),
      decadeAccuracy: meanOf(correct, all, own),
      ece: calibrationError(gaps, bins, own),
      groupAccuracy: meanOf(
        correctRanges,
        indices(correctRanges.length),
        weightsOf(ranges.photos, weights),
      ),
      worstGroupMae: worstOf(groups, (photos) => meanOf(errors, photos, own)),
      falsePositiveRate: meanOf(passes, minors, own),
      latency: medianOf(latenciesMs, byLatency, weights),
    };
  };
}

/** The weights of some of the photos, in their order. */
function weightsOf(photos: readonly number[], weights: Weights): Weights {
  return Uint16Array.from(photos, (photo) => weights[photo]!);
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function meanOf(column: Float64Array, photos: readonly number[], weights: Weights): number {
  let [sum, count] = [0, 0];
  for (const photo of photos) {
    const weight = weights[photo]!;
    sum += weight * column[photo]!;
    count += weight;
  }
  return sum / count;
}

function calibrationError(gaps: Float64Array, bins: Uint8Array, weights: Weights): number {
  const sums = new Float64Array(ECE_BINS);
  let count = 0;
  for (let photo = 0; photo < weights.length; photo++) {
    sums[bins[photo]!]! += weights[photo]! * gaps[photo]!;
    count += weights[photo]!;
  }
  return sums.reduce((sum, gap) => sum + Math.abs(gap), 0) / count;
}

function worstOf(
  groups: readonly GatedGroup[],
  maeOf: (photos: readonly number[]) => number,
): number {
  const maes = groups.map(({ photos }) => maeOf(photos)).filter((mae) => !isNaN(mae));
  return maes.length === 0 ? NaN : Math.max(...maes);
}

/** The weighted median; the lower one if there are two. */
function medianOf(column: Float64Array, ascending: readonly number[], weights: Weights): number {
  let left = weights.reduce((sum, weight) => sum + weight, 0) / 2;
  for (const photo of ascending) {
    left -= weights[photo]!;
    if (left <= 0 && weights[photo]! > 0) return column[photo]!;
  }
  return NaN;
}
