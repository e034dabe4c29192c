import type {
  GateComparison,
  GateFigureName,
  GateFigures,
  GateThresholds,
} from '../../registry/gate-result.ts';
import { NOT_AVAILABLE, percent, share, years, type Format } from '../evaluation/format.ts';
import { figureValue } from './gate-figures.ts';

/** How `gate.json`, commands and messages name the largest loss of a figure. */
export const toleranceKey = (figure: GateFigureName) => `tolerances.${figure}`;

interface Words {
  name: string;
  value: Format;
  /** Of a loss. */
  difference: Format;
}

const inYears: Format = (value) => `${years(value)} years`;

/** How people call and read a figure. */
export const figureWords: Record<GateFigureName, Words> = {
  mae: { name: 'MAE', value: inYears, difference: inYears },
  decadeAccuracy: { name: 'decade accuracy', value: share, difference: share },
  ece: { name: 'ECE', value: share, difference: share },
  worstGroupMae: { name: 'MAE of the worst group', value: inYears, difference: inYears },
  falsePositiveRate: { name: 'minors taken for adults', value: percent, difference: percent },
  latency: { name: 'latency', value: (value) => `${value.toFixed(1)} ms`, difference: percent },
};

/** A version's figure with what it is a figure of: `9.10 years (ages 80-89)`. */
export function valueWords(figures: GateFigures, figure: GateFigureName): string {
  const value = figureValue(figures, figure);
  if (value === null) return NOT_AVAILABLE;
  const text = figureWords[figure].value(value);
  const { worstGroup, falsePositives } = figures;
  if (figure === 'worstGroupMae') return `${text} (${worstGroup!.name})`;
  if (figure === 'falsePositiveRate')
    return `${text} (${falsePositives!.errors} of ${falsePositives!.of})`;
  return text;
}

/** `0.19 years better (95 %: 0.08 to 0.30)`, both as seen from the side that the difference is on. */
export function lossWords(
  { figure, loss, interval }: Pick<GateComparison, 'figure' | 'loss' | 'interval'>,
  { confidence }: Pick<GateThresholds, 'confidence'>,
): string {
  const { difference } = figureWords[figure];
  const isGain = loss < 0;
  const ends = isGain ? [-interval.high, -interval.low] : [interval.low, interval.high];
  const [low, high] = ends.map((end) => signed(difference, end));
  const level = Number((100 * confidence).toFixed(1));
  const side = isGain ? 'better' : 'worse';
  const summary = loss === 0 ? 'no different' : `${difference(Math.abs(loss))} ${side}`;
  return `${summary} (${level} %: ${low} to ${high})`;
}

function signed(format: Format, value: number): string {
  const text = format(Math.abs(value)).replace(/ (years|%)$/, '');
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** How a comparison came out, with its numbers and the threshold that it was held against. */
export function comparisonSentence(
  comparison: GateComparison,
  figures: { champion: GateFigures; challenger: GateFigures },
  thresholds: Pick<GateThresholds, 'confidence'>,
): string {
  const { figure, tolerance, verdict } = comparison;
  const { name, difference } = figureWords[figure];
  const values = `${valueWords(figures.champion, figure)} → ${valueWords(figures.challenger, figure)}`;
  const allowed = `${toleranceKey(figure)} allows ${difference(tolerance)}`;
  const endings = {
    better: 'chance does not explain that',
    equal: allowed,
    doubtful: `${allowed}, and chance may explain the rest`,
    worse: `${allowed}, and chance does not explain the rest`,
  };
  return `${name} ${values}, ${lossWords(comparison, thresholds)}; ${endings[verdict]}`;
}
