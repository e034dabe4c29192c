import { table, type Row } from '../../../common/text/text-table.ts';
import { NOT_AVAILABLE, orDash, percent, range, share, whole, withRange } from '../format.ts';
import { namedGroups } from '../groups.ts';
import type { MetricsFile } from '../metrics-file.ts';
import type { MeasuredRanges, RangeFigures } from './range-figures-schema.ts';

const header: Row = [
  'photos with ranges of',
  'count',
  'right group',
  '95 % of it',
  'within 1',
  'ECE',
  'chance',
];

/** Formats the figures of range labels for a terminal: a row for all photos and for each group. */
export function rangesTable(
  ranges: RangeFigures,
  { groupNames }: Pick<MetricsFile, 'groupNames'>,
): string {
  const groups = namedGroups({ groups: ranges.groups, groupNames });
  const rows = [
    rowOf('all', ranges.all),
    ...groups.map(({ name, measured }) => rowOf(name, measured)),
  ];
  return table([header, ...rows], { rightFrom: 1 });
}

function rowOf(name: string, measured: MeasuredRanges): Row {
  const { intervals, ece, calibratedEce95 } = measured;
  const interval = intervals?.groupAccuracy;
  return [
    name,
    whole(measured.count),
    share(measured.groupAccuracy),
    interval === undefined ? NOT_AVAILABLE : range(interval, share),
    orDash(measured.withinOneGroup, share),
    calibratedEce95 === null ? NOT_AVAILABLE : orDash(ece, share),
    orDash(calibratedEce95, share),
  ];
}

/** The figures of range labels for the model card, as lines of Markdown: the groups of ages, and a table. */
export function rangesCard(
  ranges: RangeFigures,
  { groupNames }: Pick<MetricsFile, 'groupNames'>,
): string[] {
  const groups = namedGroups({ groups: ranges.groups, groupNames });
  return [
    ...labelGroupTexts(ranges),
    '',
    '| group | photos with ranges | group accuracy | within one | ECE (chance) |',
    '|---|---|---|---|---|',
    cardRow('all', ranges.all),
    ...groups.map(({ name, measured }) => cardRow(name, measured)),
  ];
}

function cardRow(name: string, measured: MeasuredRanges): string {
  const { intervals, ece, calibratedEce95 } = measured;
  const cells = [
    name.replaceAll('|', '\\|'),
    whole(measured.count),
    withRange(measured.groupAccuracy, intervals?.groupAccuracy, percent),
    withRange(measured.withinOneGroup, intervals?.withinOneGroup, percent),
    calibratedEce95 === null ? NOT_AVAILABLE : `${orDash(ece, share)} (${share(calibratedEce95)})`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Says in a sentence for each data set among which groups of ages its range labels choose. */
export function labelGroupTexts({ labelGroups }: RangeFigures): string[] {
  return labelGroups.map(({ source, groups }) => {
    const of = source === null ? '' : ` of ${source}`;
    return groups === null
      ? `The ranges${of} overlap, or the model does not distinguish their edges: an answer is right if its median lies in the labeled range.`
      : `The ranges${of} choose among the groups ${groups.map(({ label }) => label).join(', ')}.`;
  });
}
