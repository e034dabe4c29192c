import {
  gateFigureNames,
  type GateComparison,
  type GateFigureName,
  type GateFigures,
  type GateOutcome,
  type GateThresholds,
} from '../../registry/gate-result.ts';
import {
  comparisonSentence,
  figureWords,
  lossWords,
  toleranceKey,
  valueWords,
} from './figure-names.ts';
import { figureValue } from './gate-figures.ts';

/** Everything that a decision depends on. */
export interface Assessment {
  photos: number;
  /** Undefined where the alias stands for no version. */
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
 * Decides whether a challenger takes the champion's place.
 *
 * - `hold` where the set is too small to decide anything.
 * - `refuse` where a bar is broken, or a figure is worse than its tolerance allows and chance does not explain it.
 * - `hold` where a figure is worse than its tolerance allows, though chance may explain it.
 * - `promote` where the MAE is better beyond chance; or where it is, beyond chance, no more than its tolerance worse and
 *   another figure is better beyond chance.
 * - else `hold`. Without a champion, the bars alone decide.
 *
 * The MAE leads, as it weighs every photo by its error and has the narrowest interval. The other
 * figures are guards: for them it is enough that no loss above the tolerance is seen, as a few hundred photos of minors
 * or of one group could never rule one out.
 */
export function decide(assessment: Assessment): Decision {
  const { photos, thresholds, champion } = assessment;
  if (photos < thresholds.minPhotos) {
    const needed = `at least ${thresholds.minPhotos} are needed for a decision (minPhotos)`;
    return {
      outcome: 'hold',
      reasons: [`the set has ${photos} photos that could be evaluated: ${needed}`],
    };
  }
  const refusals = [
    ...brokenBars(assessment),
    ...lostAnswers(assessment),
    ...sentences(assessment, 'worse'),
  ];
  if (refusals.length > 0) return { outcome: 'refuse', reasons: refusals };
  const doubts = [...uncheckedBars(assessment), ...sentences(assessment, 'doubtful')];
  if (doubts.length > 0) return { outcome: 'hold', reasons: doubts };
  return champion === undefined ? first(assessment) : overChampion(assessment);
}

function overChampion(assessment: Assessment): Decision {
  const { comparisons, thresholds } = assessment;
  const mae = comparisons.find(({ figure }) => figure === 'mae')!;
  const gains = sentences(assessment, 'better');
  if (mae.verdict === 'better') return { outcome: 'promote', reasons: gains };
  const { name, difference } = figureWords.mae;
  const text = `${name} is ${lossWords(mae, thresholds)}`;
  const allowed = `a loss of ${difference(mae.tolerance)} (${toleranceKey('mae')})`;
  if (mae.interval.high > mae.tolerance) {
    const open = `${text}; no gain is beyond chance, and more than ${allowed} is not ruled out`;
    return { outcome: 'hold', reasons: [open, ...gains] };
  }
  const noWorse = `${text}; more than ${allowed} is ruled out`;
  if (gains.length > 0) return { outcome: 'promote', reasons: [...gains, noWorse] };
  return { outcome: 'hold', reasons: [noWorse, 'no figure is better beyond chance'] };
}

function first({ challenger, thresholds }: Assessment): Decision {
  const cleared = gateFigureNames
    .filter((figure) => thresholds.bars[figure] !== undefined)
    .map((figure) => `${standing(challenger, figure)} clears ${barWords(figure, thresholds)}`);
  const bars = cleared.length > 0 ? cleared : ['no bar is set (bars in gate.json)'];
  return {
    outcome: 'promote',
    reasons: ['the alias stands for no version to compare with', ...bars],
  };
}

function sentences(
  { champion, challenger, comparisons, thresholds }: Assessment,
  verdict: GateComparison['verdict'],
): string[] {
  if (champion === undefined) return [];
  return comparisons
    .filter((comparison) => comparison.verdict === verdict)
    .map((comparison) => comparisonSentence(comparison, { champion, challenger }, thresholds));
}

function brokenBars({ challenger, thresholds }: Assessment): string[] {
  return gateFigureNames
    .filter((figure) => {
      const [value, bar] = [figureValue(challenger, figure), thresholds.bars[figure]];
      if (value === null || bar === undefined) return false;
      return figure === 'decadeAccuracy' ? value < bar : value > bar;
    })
    .map((figure) => `${standing(challenger, figure)} breaks ${barWords(figure, thresholds)}`);
}

function uncheckedBars({ challenger, thresholds }: Assessment): string[] {
  return gateFigureNames
    .filter(
      (figure) => thresholds.bars[figure] !== undefined && figureValue(challenger, figure) === null,
    )
    .map(
      (figure) =>
        `the set does not show whether ${figureWords[figure].name} clears ${barWords(figure, thresholds)}`,
    );
}

/** A client that asks for ages of 18 or more would get an error instead of an answer. */
function lostAnswers({ champion, challenger }: Assessment): string[] {
  if (!champion?.falsePositives || challenger.falsePositives) return [];
  return [
    'the challenger cannot say who is 18 or older, as the champion can: it predicts decades, not years',
  ];
}

function standing(figures: GateFigures, figure: GateFigureName): string {
  return `${figureWords[figure].name} ${valueWords(figures, figure)}`;
}

function barWords(figure: GateFigureName, { bars }: GateThresholds): string {
  return `the bar of ${figureWords[figure].value(bars[figure]!)} (bars.${figure})`;
}
