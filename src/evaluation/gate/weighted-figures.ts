import type { GateFigureName } from '../../registry/gate-result.ts';
import { ADULT_YEARS } from '../adult-threshold.ts';
import { binOf, ECE_BINS } from '../calibration-error.ts';
import { scoresOf } from '../figures.ts';
import type { GatedGroup, VersionAnswers } from './gated-answers.ts';
import type { Weights } from './paired-bootstrap.ts';

/** The figures of a version on photos that count more than once, or not at all; NaN where there is nothing to tell. */
export type WeightedFigures = (weights: Weights) => Record<GateFigureName, number>;

/** Gets ready what every resample needs of a version's answers. */
export function weightedFigures(
  { outcomes, latenciesMs, tellsYears }: VersionAnswers,
  groups: readonly GatedGroup[],
): WeightedFigures {
  const { mae: errors, bucketAccuracy: correct } = scoresOf(outcomes);
  const { confidences, ages, means } = outcomes;
  const all = indices(outcomes.count);
  const minors = tellsYears ? all.filter((photo) => ages[photo]! < ADULT_YEARS) : [];
  const passes = means.map((mean) => Number(mean >= ADULT_YEARS));
  const bins = Uint8Array.from(confidences, binOf);
  const gaps = confidences.map((confidence, photo) => confidence - correct[photo]!);
  const byLatency = all.toSorted((a, b) => latenciesMs[a]! - latenciesMs[b]!);
  return (weights) => ({
    mae: meanOf(errors, all, weights),
    decadeAccuracy: meanOf(correct, all, weights),
    ece: calibrationError(gaps, bins, weights),
    worstGroupMae: worstOf(groups, (photos) => meanOf(errors, photos, weights)),
    falsePositiveRate: meanOf(passes, minors, weights),
    latency: medianOf(latenciesMs, byLatency, weights),
  });
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

/** The lower one where there are two. */
function medianOf(column: Float64Array, ascending: readonly number[], weights: Weights): number {
  let left = weights.reduce((sum, weight) => sum + weight, 0) / 2;
  for (const photo of ascending) {
    left -= weights[photo]!;
    if (left <= 0 && weights[photo]! > 0) return column[photo]!;
  }
  return NaN;
}
