import path from 'node:path';
import { ageRange, parseAge } from '../age-range.ts';

/** A year, alone or with month and day after it, also without separators. */
const YEAR_FIRST =
  /^(?:1[89]|2[01])\d\d(?:[\s._-]*(?:0?[1-9]|1[0-2])(?:[\s._-]*(?:0?[1-9]|[12]\d|3[01]))?)?$/;
/** A year after a month, or after a day and a month in either order. */
const YEAR_LAST =
  /^(?:(?:0?[1-9]|[12]\d|3[01])[\s._-]+)?(?:0?[1-9]|[12]\d|3[01])[\s._-]+(?:1[89]|2[01])\d\d$/;
const IS_MONTH = /^(?:0?[1-9]|1[0-2])$/;
const IS_DAY = /^(?:0?[1-9]|[12]\d|3[01])$/;
const TWO_DIGIT_PAIR = /^(\d\d)-(\d\d)$/;

/** Short names only in English and German, because others are words such as "set". */
const MONTH_NAMES = new Set([
  ...['en', 'de', 'fr', 'es', 'it', 'pt', 'nl'].flatMap((locale) => monthNames(locale, 'long')),
  ...['en', 'de'].flatMap((locale) => monthNames(locale, 'short')),
]);

/**
 * Finds a folder of a photo that would count as an age although it is part of a date, such as `31` in `2019/07/31`: below
 * a year, a month or a date; or where all nested numbers are months and days; or where all `07-31` are and overlap as ranges.
 * @param photos keys
 * @returns the first such folder
 */
export function dateFolder(photos: Iterable<string>): string | undefined {
  const folders = [...new Set(Array.from(photos, (key) => path.posix.dirname(key)))];
  const named = folders.map((folder) => folder.split('/'));
  const aged = named.filter((names) => parseAge(names.at(-1)!) !== undefined);
  const belowDate = aged.find((names) => names.slice(0, -1).some(isDate));
  const found = belowDate ?? nestedMonthAndDay(aged) ?? monthAndDayPair(named);
  return found?.join('/');
}

/** Whether some photos are in folders that are dates but not ages. */
export function hasDateFolders(photos: Iterable<string>): boolean {
  for (const key of photos) if (path.posix.dirname(key).split('/').some(isDate)) return true;
  return false;
}

function isDate(name: string): boolean {
  const text = name.trim();
  if (YEAR_FIRST.test(text) || YEAR_LAST.test(text)) return true;
  return MONTH_NAMES.has(lettersOf(text));
}

/** Only if every pair of nested numbers is a month and a day, in the same order. */
function nestedMonthAndDay(folders: readonly string[][]): string[] | undefined {
  const nested = folders.filter((names) => /^\d{1,2}$/.test(names.at(-2) ?? ''));
  const all = (first: RegExp, second: RegExp) =>
    nested.every((names) => first.test(names.at(-2)!) && second.test(names.at(-1)!));
  return all(IS_MONTH, IS_DAY) || all(IS_DAY, IS_MONTH) ? nested[0] : undefined;
}

/** Only if every pair is a month and a day, and the pairs are no ranges or overlap as ranges. */
function monthAndDayPair(folders: readonly string[][]): string[] | undefined {
  const pairs = folders.filter((names) => TWO_DIGIT_PAIR.test(names.at(-1)!));
  const [first, second] = [1, 2].map((part) =>
    pairs.map((names) => TWO_DIGIT_PAIR.exec(names.at(-1)!)![part]!),
  ) as [string[], string[]];
  const all = (texts: readonly string[], pattern: RegExp) =>
    texts.every((text) => pattern.test(text));
  const areDates =
    (all(first, IS_MONTH) && all(second, IS_DAY)) || (all(first, IS_DAY) && all(second, IS_MONTH));
  if (!areDates) return undefined;
  const ranges = first.map((from, index) => ageRange(Number(from), Number(second[index])));
  return pairs.find((_, index) => {
    const range = ranges[index];
    const distinct = ranges.filter(
      (other) => other?.min !== range?.min || other?.max !== range?.max,
    );
    return (
      range === undefined ||
      distinct.some((other) => other && other.min <= range.max && range.min <= other.max)
    );
  });
}

function monthNames(locale: string, month: 'long' | 'short'): string[] {
  const format = new Intl.DateTimeFormat(locale, { month, timeZone: 'UTC' });
  return Array.from({ length: 12 }, (_, index) =>
    lettersOf(format.format(Date.UTC(2024, index, 15))),
  );
}

function lettersOf(text: string): string {
  return text.toLowerCase().replaceAll(/\P{L}/gu, '');
}
