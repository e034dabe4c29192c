import { table } from '../../common/text/text-table.ts';
import {
  type GateFigureName,
  type GateResult,
  gateFigureNames,
} from '../../registry/gate/gate-result.ts';
import { NOT_AVAILABLE } from '../evaluation/format.ts';
import { figureFormats, lossText, valueText } from './figure-names.ts';

/** Formats a gate's result: what was compared, the figures, the outcome and the reasons. */
export function gateText(result: GateResult): string {
  const { id, model, alias, champion, challenger, set } = result;
  const against =
    champion === null
      ? `for ${alias}, which points to no version`
      : `against ${champion} (${alias})`;
  const lines = [
    `gate ${id}: ${model} ${challenger} ${against}, on ${set.photos} photos (${set.name}, ${set.split})${rangesText(result)}`,
    ...unansweredLines(result),
    ...(result.figures.challenger === null ? [] : ['', figuresText(result)]),
    '',
    outcomeText(result),
    ...listed('', result.reasons),
    ...listed('note: ', result.notes),
    ...listed('not verified: ', result.unverified),
  ];
  return lines.join('\n');
}

/** Empty where every label is an exact age. */
function rangesText({ set: { ranges = 0 } }: GateResult): string {
  return ranges === 0 ? '' : `, ${ranges} of them labeled with ranges of ages`;
}

function unansweredLines({ set: { unanswered } }: GateResult): string[] {
  if (unanswered === undefined) return [];
  const { of, champion, challenger } = unanswered;
  if ((champion ?? 0) + challenger === 0) return [];
  const before = champion === null ? '' : `${champion} → `;
  return [`photos without a face that was found: ${before}${challenger} of ${of}`];
}

function outcomeText({ outcome, forced, promoted, alias, challenger }: GateResult): string {
  const text = forced === null ? outcome : `${outcome}, forced by ${forced.by}: ${forced.reason}`;
  const moved = promoted ? `${alias} is version ${challenger}` : 'the alias is not moved';
  return `${text}; ${moved}`;
}

function listed(kind: string, sentences: readonly string[]): string[] {
  return sentences.map((sentence) => `- ${kind}${sentence}`);
}

function figuresText({ figures, comparisons, thresholds }: GateResult): string {
  const rows = gateFigureNames.filter(isMeasuredIn(figures)).map((figure) => {
    const comparison = comparisons.find((each) => each.figure === figure);
    const [champion, challenger] = [figures.champion, figures.challenger].map((each) =>
      each === null ? NOT_AVAILABLE : valueText(each, figure),
    );
    const loss = comparison === undefined ? NOT_AVAILABLE : lossText(comparison, thresholds);
    return [figureFormats[figure].name, champion!, challenger!, loss, comparison?.verdict ?? ''];
  });
  return table([['', 'champion', 'challenger', 'difference', ''], ...rows]);
}

/** Whether a figure has a row: the group accuracy only where a label is a range, those of exact ages only where there are any. */
function isMeasuredIn({ challenger }: GateResult['figures']) {
  return (figure: GateFigureName): boolean => {
    if (challenger === null || figure === 'latency') return true;
    return figure === 'groupAccuracy' ? challenger.groupAccuracy !== null : challenger.mae !== null;
  };
}
