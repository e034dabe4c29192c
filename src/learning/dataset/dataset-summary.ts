import { MAX_AGE, type AgeRange } from './age-range.ts';
import type { Dataset, DatasetPhoto } from './dataset.ts';
import { publishedGroups } from './group-values.ts';
import { isPhotoName, unreadFormat } from './labels/file-kinds.ts';

const MAX_LISTED = 20;
/** Decades from here on are one. */
const OLDEST_DECADE = 90;

/** The parts of a dataset that its summary shows. */
export type SummarizedDataset = Pick<
  Dataset,
  | 'location'
  | 'layout'
  | 'counts'
  | 'fingerprint'
  | 'unreadable'
  | 'withoutFace'
  | 'photos'
  | 'findings'
>;

/**
 * Summarizes a dataset for a terminal: its location, how many photos it has by split, decade and group, and what was left
 * out and why. It shows no value of a group that fewer than 20 photos share.
 * @param options `listSkipped` names the first photos that were left out
 */
export function summarizeDataset(
  dataset: SummarizedDataset,
  { listSkipped = true }: { listSkipped?: boolean } = {},
): string {
  const { location, layout, counts, fingerprint, photos, findings } = dataset;
  return [
    `${location}, labeled by ${layout}`,
    `fingerprint ${fingerprint}`,
    countsText(Object.entries(counts)),
    ...(layout === 'nothing' ? [] : ageLines(photos.map(({ age }) => age))),
    ...groupLines(photos),
    ...leftOutLines(dataset),
    ...findings.notes,
    ...(listSkipped ? skippedLines(dataset) : []),
  ].join('\n');
}

function countsText(counts: Iterable<readonly [string, number]>): string {
  return Array.from(counts, ([name, count]) => `${name} ${count}`).join('  ');
}

function ageLines(ages: readonly AgeRange[]): string[] {
  if (ages.length === 0) return [];
  const youngest = ages.reduce((least, { min }) => Math.min(least, min), MAX_AGE);
  const oldest = ages.reduce((most, age) => Math.max(most, isOpen(age) ? age.min : age.max), 0);
  const isOpenEnd = ages.some((age) => isOpen(age) && age.min === oldest);
  const ranges = ages.filter(({ min, max }) => min < max).length;
  const labels = ranges === 0 ? '' : `; ${ranges} of ${ages.length} labels are ranges`;
  return [`ages ${youngest} to ${oldest}${isOpenEnd ? '+' : ''}${labels}`, decadesText(ages)];
}

function isOpen({ min, max }: AgeRange): boolean {
  return max === MAX_AGE && min < max;
}

/** Counts ranges across decades apart. */
function decadesText(ages: readonly AgeRange[]): string {
  const counts = new Map<number, number>();
  let across = 0;
  for (const { min, max } of ages) {
    const [first, last] = [decadeOf(min), decadeOf(max)];
    if (first === last) counts.set(first, (counts.get(first) ?? 0) + 1);
    else across++;
  }
  const decades = [...counts].sort(([a], [b]) => a - b);
  const named = decades.map(([from, count]): [string, number] => [decadeName(from), count]);
  if (across > 0) named.push(['across decades', across]);
  return `by decade: ${countsText(named)}`;
}

function decadeOf(age: number): number {
  return Math.min(OLDEST_DECADE, Math.floor(age / 10) * 10);
}

function decadeName(from: number): string {
  return from === OLDEST_DECADE ? `${from}+` : `${from}-${from + 9}`;
}

function groupLines(photos: readonly DatasetPhoto[]): string[] {
  const distinct = new Set(photos.map(({ groups }) => groups));
  const columns = new Set(Array.from(distinct, (groups) => Object.keys(groups)).flat());
  return [...columns].map((column) => {
    const groups = publishedGroups(photos.map(({ groups: values }) => values[column] ?? ''));
    const counts = Array.from(groups, ([value, { length }]) => [value, length] as const);
    return `by ${column}: ${countsText(counts) || 'no value that 20 photos share, or too many values'}`;
  });
}

function leftOutLines({ unreadable, findings }: SummarizedDataset): string[] {
  const formats = new Map(findings.unreadFormats);
  const named = unreadable.filter(
    ({ key }) => !isPhotoName(key) && unreadFormat(key) !== undefined,
  );
  const unread = sumOf(formats);
  return [
    ...(unread === 0 ? [] : [`${unread} photos in formats that are not read: ${byCount(formats)}`]),
    ...(named.length === 0 ? [] : [`${named.length} of these have a label`]),
    ...(findings.hidden.size === 0
      ? []
      : [`${sumOf(findings.hidden)} hidden or system files: ${byCount(findings.hidden)}`]),
  ];
}

/** The most frequent first. */
function byCount(counts: ReadonlyMap<string, number>): string {
  const listed = [...counts].sort(([, a], [, b]) => b - a);
  const more = listed.length > MAX_LISTED ? `  and ${listed.length - MAX_LISTED} more` : '';
  return countsText(listed.slice(0, MAX_LISTED)) + more;
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function skippedLines({ unreadable, withoutFace }: SummarizedDataset): string[] {
  const left = [...unreadable, ...withoutFace.map(({ key }) => ({ key, reason: 'no face' }))];
  const skipped = left.slice(0, MAX_LISTED).map(({ key, reason }) => `skipped ${key}: ${reason}`);
  if (left.length > MAX_LISTED) skipped.push(`skipped ${left.length - MAX_LISTED} more`);
  return skipped;
}
