import { table, type Row } from '../../../common/text/text-table.ts';
import { NOT_AVAILABLE, percent, share, years, type Format } from '../format.ts';
import type { GroupFigures, WarningFigures } from './warning-figures.ts';
import type { WarningsReport } from './measure-warnings.ts';

/** Formats the report for a terminal: photos as they are, worse copies, and both together. */
export function warningsTables(report: WarningsReport): string {
  const { photos, withoutFace, all, labels } = report;
  const measured = labels === 'exact' ? 'years' : 'years beyond the labeled range';
  const right = labels === 'exact' ? 'error of at most 5 years' : 'median in the labeled range';
  return [
    `${photos} photos, ${withoutFace} without a face. error: ${measured}; right: ${right}; covered: by the interval;`,
    'wrong: of the decisions yes and no at 18, 21 and 25 with confidence 0.95. Each pair: with / without the warning.',
    `All: error ${years(all.error)}, right ${share(all.right)}, covered ${share(all.covered)}, wrong ${share(all.wrong)}.`,
    '',
    'Photos as they are',
    table([warningHeader, ...report.warnings.map(warningRow)], { rightFrom: 2 }),
    '',
    'Worse copies of the first photos (synthetic)',
    table([degradedHeader, ...degradedRows(report)], { rightFrom: 1 }),
    '',
    'The first photos together with the copies that should raise the warning (synthetic)',
    table([warningHeader, ...report.synthetic.map(warningRow)], { rightFrom: 2 }),
  ].join('\n');
}

const figureNames = ['error', 'right', 'covered', 'wrong'] as const;
const formats: Record<(typeof figureNames)[number], Format> = {
  error: years,
  right: share,
  covered: share,
  wrong: share,
};

const warningHeader: Row = ['warning', 'severity', 'photos', 'share', ...figureNames];

function warningRow({ code, severity, share: part, with: one, without }: WarningFigures): Row {
  const pairs = figureNames.map((name) => `${shown(one, name)} / ${shown(without, name)}`);
  return [code, severity, String(one.photos), percent(part), ...pairs];
}

const degradedHeader: Row = ['copies', 'no face', ...figureNames, 'warned', 'severe'];

function degradedRows({ degraded }: WarningsReport): Row[] {
  return degraded.map((figures) => [
    figures.name,
    String(figures.withoutFace),
    ...figureNames.map((name) => shown(figures, name)),
    percentOrDash(figures.warned),
    percentOrDash(figures.severe),
  ]);
}

function shown(figures: GroupFigures, name: (typeof figureNames)[number]): string {
  return Number.isNaN(figures[name]) ? NOT_AVAILABLE : formats[name](figures[name]);
}

function percentOrDash(value: number): string {
  return Number.isNaN(value) ? NOT_AVAILABLE : percent(value);
}
