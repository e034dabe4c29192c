import {
  gateFigureNames,
  type GateComparison,
  type GateFigureName,
  type GateFigures,
  type GateOutcome,
  type GateThresholds,
  type UnansweredPhotos,
} from '../../registry/gate/gate-result.ts';
import {
  comparisonSentence,
  figureFormats,
  lossText,
  toleranceKey,
  valueText,
} from './figure-names.ts';
import { figureValue } from './gate-figures.ts';
import { unansweredRefusal } from './unanswered.ts';

/** The inputs of a decision. */
export interface Assessment {
  /** Photos that both versions answered. */
  photos: number;
  /** How many of them have an exact age as label, and how many a range of ages. */
  labels: { exact: number; ranges: number };
  /** Photos in which a version found no face. */
  unanswered: UnansweredPhotos;
  /** Whether only the champion distinguishes years within a decade. Where labels are ranges, no figure shows it. */
  losesYears?: boolean;
  /** Undefined if the alias points to no version. */
  champion: GateFigures | undefined;
  challenger: GateFigures;
  comparisons: readonly GateComparison[];
  thresholds: GateThresholds;
}

export interface Decision {
  outcome: GateOutcome;
  reasons: string[];
}

/**
 * Decides whether a challenger replaces the champion. The first rule that applies determines the outcome:
 *
 * - `refuse` if the challenger finds no face in more photos than the champion, by more than the tolerance.
 * - `hold` if the set has too few photos for a decision.
 * - `refuse` if a figure misses its bar, or is significantly worse than its tolerance allows.
 * - `hold` if a figure is worse than its tolerance allows, but not significantly.
 * - `promote` if the MAE is significantly better; or if a loss of MAE above its tolerance is ruled out and another
 *   figure is significantly better.
 * - `hold` otherwise. Without a champion, only the bars are checked.
 *
 * The MAE is the primary metric, because it weighs every photo by its error and has the narrowest interval. The other
 * figures are guardrails: they only need to show no loss above the tolerance, because a few hundred photos of minors or
 * of one group could never rule out such a loss. Where fewer than minPhotos have an exact age, the primary metric is the
 * group accuracy of the labels that are ranges. A figure of fewer than minPhotos labels of its kind decides nothing.
 */
export function decide(assessment: Assessment): Decision {
  const { photos, unanswered, thresholds, champion } = assessment;
  const unansweredMore = unansweredRefusal(unanswered, thresholds);
  if (unansweredMore !== undefined && photos < thresholds.minPhotos)
    return { outcome: 'refuse', reasons: [unansweredMore] };
  if (photos < thresholds.minPhotos) {
    const needed = `a decision needs at least ${thresholds.minPhotos} (minPhotos)`;
    return {
      outcome: 'hold',
      reasons: [`only ${photos} photos of the set could be evaluated: ${needed}`],
    };
  }
  const primary = primaryFigure(assessment);
  if (primary === undefined) return { outcome: 'hold', reasons: [tooFewOfEachKind(assessment)] };
  const refusals = [
    ...(unansweredMore === undefined ? [] : [unansweredMore]),
    ...missedBars(assessment),
    ...lostAgeThreshold(assessment),
    ...sentences(assessment, 'worse'),
  ];
  if (refusals.length > 0) return { outcome: 'refuse', reasons: refusals };
  const doubts = [...uncheckedBars(assessment), ...sentences(assessment, 'doubtful')];
  if (doubts.length > 0) return { outcome: 'hold', reasons: doubts };
  return champion === undefined ? first(assessment) : overChampion(assessment, primary);
}

function primaryFigure(assessment: Assessment): 'mae' | 'groupAccuracy' | undefined {
  return (['mae', 'groupAccuracy'] as const).find((figure) => hasEnough(assessment, figure));
}

/** Whether enough photos have a label of the kind that a figure needs. */
function hasEnough(
  { labels, thresholds: { minPhotos } }: Assessment,
  figure: GateFigureName,
): boolean {
  if (figure === 'latency') return true;
  return (figure === 'groupAccuracy' ? labels.ranges : labels.exact) >= minPhotos;
}

function tooFewOfEachKind({ labels, thresholds }: Assessment): string {
  return (
    `only ${labels.exact} photos with exact ages and ${labels.ranges} with ranges could be evaluated: ` +
    `a decision needs at least ${thresholds.minPhotos} of one kind (minPhotos)`
  );
}

function overChampion(assessment: Assessment, primary: 'mae' | 'groupAccuracy'): Decision {
  const { comparisons, thresholds } = assessment;
  const main = comparisons.find(({ figure }) => figure === primary)!;
  const gains = sentences(assessment, 'better');
  if (main.verdict === 'better') return { outcome: 'promote', reasons: gains };
  const { name, difference } = figureFormats[primary];
  const text = `${name} is ${lossText(main, thresholds)}`;
  const excess = `a loss of more than ${difference(main.tolerance)} (${toleranceKey(primary)})`;
  if (main.interval.high > main.tolerance) {
    const open = `${text}; the ${name} is not significantly better, and ${excess} is not ruled out`;
    return { outcome: 'hold', reasons: [open, ...gains] };
  }
  const noWorse = `${text}; ${excess} is ruled out`;
  if (gains.length > 0) return { outcome: 'promote', reasons: [...gains, noWorse] };
  return { outcome: 'hold', reasons: [noWorse, 'no figure is significantly better'] };
}

function first({ challenger, thresholds }: Assessment): Decision {
  const met = gateFigureNames
    .filter((figure) => thresholds.bars[figure] !== undefined)
    .map((figure) => `${figureText(challenger, figure)} meets ${barText(figure, thresholds)}`);
  const bars = met.length > 0 ? met : ['no bar is set (bars in gate.json)'];
  return {
    outcome: 'promote',
    reasons: ['the alias points to no version, so there is no champion to compare with', ...bars],
  };
}

function sentences(assessment: Assessment, verdict: GateComparison['verdict']): string[] {
  const { champion, challenger, comparisons, thresholds } = assessment;
  if (champion === undefined) return [];
  return comparisons
    .filter(({ figure }) => hasEnough(assessment, figure))
    .filter((comparison) => comparison.verdict === verdict)
    .map((comparison) => comparisonSentence(comparison, { champion, challenger }, thresholds));
}

function missedBars(assessment: Assessment): string[] {
  const { challenger, thresholds } = assessment;
  return gateFigureNames
    .filter((figure) => {
      const [value, bar] = [shownValue(assessment, figure), thresholds.bars[figure]];
      if (value === null || bar === undefined) return false;
      return accuracies.has(figure) ? value < bar : value > bar;
    })
    .map(
      (figure) => `${figureText(challenger, figure)} does not meet ${barText(figure, thresholds)}`,
    );
}

/** Higher is better for these figures, and lower for all others. */
const accuracies: ReadonlySet<GateFigureName> = new Set<GateFigureName>([
  'decadeAccuracy',
  'groupAccuracy',
]);

/** A figure of the challenger; null if the set does not show it. */
function shownValue(assessment: Assessment, figure: GateFigureName): number | null {
  return hasEnough(assessment, figure) ? figureValue(assessment.challenger, figure) : null;
}

function uncheckedBars(assessment: Assessment): string[] {
  const { thresholds } = assessment;
  return gateFigureNames
    .filter(
      (figure) => thresholds.bars[figure] !== undefined && shownValue(assessment, figure) === null,
    )
    .map(
      (figure) =>
        `the set does not show whether ${figureFormats[figure].name} meets ${barText(figure, thresholds)}`,
    );
}

/** Promoting such a challenger would break clients that request the probability of an age of 18 or more. */
function lostAgeThreshold({ champion, challenger, losesYears }: Assessment): string[] {
  const isUnmeasured = champion?.falsePositives && !challenger.falsePositives;
  if (!isUnmeasured && losesYears !== true) return [];
  return [
    'the challenger predicts decades, not years, so it cannot distinguish adults from minors as the champion does',
  ];
}

function figureText(figures: GateFigures, figure: GateFigureName): string {
  return `${figureFormats[figure].name} ${valueText(figures, figure)}`;
}

function barText(figure: GateFigureName, { bars }: GateThresholds): string {
  return `the bar of ${figureFormats[figure].value(bars[figure]!)} (bars.${figure})`;
}
