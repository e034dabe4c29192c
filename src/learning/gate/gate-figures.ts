import type { GateFigureName, GateFigures } from '../../registry/gate/gate-result.ts';
import { adultThresholdRates } from '../evaluation/error-rates.ts';
import { metricsOf, subsetOf } from '../evaluation/metrics.ts';
import { rangeMetricsOf } from '../evaluation/ranges/range-outcomes.ts';
import { quantileOf } from '../../common/statistics.ts';
import type { GatedGroup, VersionAnswers } from './gated-answers.ts';

/** Computes a version's figures on the photos of a gate. */
export function gateFiguresOf(answers: VersionAnswers, groups: readonly GatedGroup[]): GateFigures {
  const { exact, ranges } = answers;
  const { mae, bucketAccuracy, ece } = metricsOf(exact.outcomes);
  const ifExact = (figure: number) => (exact.photos.length === 0 ? null : figure);
  return {
    mae: ifExact(mae),
    decadeAccuracy: ifExact(bucketAccuracy),
    ece: ifExact(ece),
    groupAccuracy:
      ranges.photos.length === 0 ? null : rangeMetricsOf(ranges.outcomes).groupAccuracy,
    worstGroup: worstGroupOf(answers, groups),
    falsePositives: falsePositivesOf(answers),
    latencyMs: latencyOf(answers.latenciesMs),
  };
}

/** A figure as one number, or null if it is not available. */
export function figureValue(figures: GateFigures, name: GateFigureName): number | null {
  switch (name) {
    case 'worstGroupMae':
      return figures.worstGroup?.mae ?? null;
    case 'falsePositiveRate':
      return figures.falsePositives?.rate ?? null;
    case 'latency':
      return figures.latencyMs.median;
    case 'mae':
    case 'decadeAccuracy':
    case 'ece':
    case 'groupAccuracy':
      return figures[name];
  }
}

function worstGroupOf(
  { exact: { outcomes } }: VersionAnswers,
  groups: readonly GatedGroup[],
): GateFigures['worstGroup'] {
  const measured = groups.map(({ name, photos }) => ({
    name,
    photos: photos.length,
    mae: metricsOf(subsetOf(outcomes, photos)).mae,
  }));
  return measured.toSorted((a, b) => b.mae - a.mae)[0] ?? null;
}

function falsePositivesOf({
  exact: { outcomes },
  distinguishesYears,
}: VersionAnswers): GateFigures['falsePositives'] {
  const { errors, of, rate } = adultThresholdRates(outcomes, [0])[0]!.falsePositive;
  return distinguishesYears && rate !== null ? { errors, of, rate } : null;
}

function latencyOf(latenciesMs: Float64Array): GateFigures['latencyMs'] {
  const ascending = latenciesMs.toSorted();
  const [low, median, high] = [0.25, 0.5, 0.75].map((q) => quantileOf(ascending, q));
  return { median: median!, low: low!, high: high! };
}
