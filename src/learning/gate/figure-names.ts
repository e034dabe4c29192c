import type {
  GateComparison,
  GateFigureName,
  GateFigures,
  GateThresholds,
} from '../../registry/gate/gate-result.ts';
import { NOT_AVAILABLE, percent, share, years, type Format } from '../evaluation/format.ts';
import { figureValue } from './gate-figures.ts';

/** The key of a figure's tolerance in `gate.json`, commands and messages. */
export const toleranceKey = (figure: GateFigureName) => `tolerances.${figure}`;

interface FigureFormat {
  name: string;
  value: Format;
  /** Formats a loss. */
  difference: Format;
}

const inYears: Format = (value) => `${years(value)} years`;

/** The name of each figure and the format of its values, for people. */
export const figureFormats: Record<GateFigureName, FigureFormat> = {
  mae: { name: 'MAE', value: inYears, difference: inYears },
  decadeAccuracy: { name: 'decade accuracy', value: share, difference: share },
  ece: { name: 'ECE', value: share, difference: share },
  groupAccuracy: { name: 'group accuracy', value: share, difference: share },
  worstGroupMae: { name: 'MAE of the worst group', value: inYears, difference: inYears },
  falsePositiveRate: { name: 'minors taken for adults', value: percent, difference: percent },
  latency: { name: 'latency', value: (value) => `${value.toFixed(1)} ms`, difference: percent },
};

/** Formats a version's figure with its group or counts, such as `9.10 years (ages 80-89)`. */
export function valueText(figures: GateFigures, figure: GateFigureName): string {
  const value = figureValue(figures, figure);
  if (value === null) return NOT_AVAILABLE;
  const text = figureFormats[figure].value(value);
  const { worstGroup, falsePositives } = figures;
  if (figure === 'worstGroupMae') return `${text} (${worstGroup!.name})`;
  if (figure === 'falsePositiveRate')
    return `${text} (${falsePositives!.errors} of ${falsePositives!.of})`;
  return text;
}

/** Formats a loss, such as `0.19 years better (95 %: 0.08 to 0.30)`; the interval has the sign of the difference. */
export function lossText(
  { figure, loss, interval }: Pick<GateComparison, 'figure' | 'loss' | 'interval'>,
  { confidence }: Pick<GateThresholds, 'confidence'>,
): string {
  const { difference } = figureFormats[figure];
  const isGain = loss < 0;
  const ends = isGain ? [-interval.high, -interval.low] : [interval.low, interval.high];
  const [low, high] = ends.map((end) => signed(difference, end));
  const level = Number((100 * confidence).toFixed(1));
  const side = isGain ? 'better' : 'worse';
  const summary = loss === 0 ? 'no different' : `${difference(Math.abs(loss))} ${side}`;
  return `${summary} (${level} %: ${low} to ${high})`;
}

function signed(format: Format, value: number): string {
  const text = format(Math.abs(value)).replace(/ (?:years|%)$/, '');
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** Describes the result of a comparison, with its numbers and threshold. */
export function comparisonSentence(
  comparison: GateComparison,
  figures: { champion: GateFigures; challenger: GateFigures },
  thresholds: Pick<GateThresholds, 'confidence'>,
): string {
  const { figure, tolerance, verdict } = comparison;
  const { name, difference } = figureFormats[figure];
  const values = `${valueText(figures.champion, figure)} → ${valueText(figures.challenger, figure)}`;
  const allowed = `${toleranceKey(figure)} allows ${difference(tolerance)}`;
  const endings = {
    better: 'the difference is significant',
    equal: allowed,
    doubtful: `${allowed}, but the excess is not significant`,
    worse: `${allowed}, and the excess is significant`,
  };
  return `${name} ${values}, ${lossText(comparison, thresholds)}; ${endings[verdict]}`;
}
