import { InvalidArgumentError } from 'commander';
import { LOCATION, LocationError, readLocation } from '../common/config/location.ts';
import { parseUnreadableLimit, type UnreadableLimit } from '../learning/dataset/unreadable.ts';
import { NAME_PATTERN } from '../registry/names.ts';

/** Parsers of option values; each throws InvalidArgumentError with what to give instead. */

export function parseText(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It is empty.');
}

export function parseLocation(text: string): string {
  try {
    return readLocation(text);
  } catch (error) {
    if (!(error instanceof LocationError)) throw error;
    throw new InvalidArgumentError(`Give ${LOCATION}; ${error.message}.`);
  }
}

/** Of an option that may be repeated. */
export function addLocation(text: string, previous: string[] = []): string[] {
  return [...previous, parseLocation(text)];
}

/** Of an option that may be repeated. */
export function addText(text: string, previous: string[] = []): string[] {
  return [...previous, parseText(text)];
}

/** Of an option that may be repeated. */
export function addPositive(text: string, previous: number[] = []): number[] {
  return [...previous, parsePositive(text)];
}

/** Of an option that may be repeated. */
export function addUrl(text: string, previous: string[] = []): string[] {
  return [...previous, parseUrl(text)];
}

export function parseUrl(text: string): string {
  if (URL.canParse(text)) return text;
  throw new InvalidArgumentError('Give a URL such as http://localhost:3000.');
}

const NOT_GROUPS = new Set(['file', 'age', 'minage', 'maxage', 'split']);

/** Names of columns, separated by commas; `none` is an empty list. */
export function parseGroups(text: string): string[] {
  if (text.trim().toLowerCase() === 'none') return [];
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  if (names.every((name) => name !== '' && !NOT_GROUPS.has(name.toLowerCase()))) return names;
  throw new InvalidArgumentError(
    'Give columns that hold groups, such as sex,ethnicity, or "none".',
  );
}

/** The name of a model or an alias. */
export function parseName(text: string): string {
  if (NAME_PATTERN.test(text)) return text;
  throw new InvalidArgumentError('Give lowercase letters, digits, ".", "_" and "-".');
}

export function parseVersion(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a version number.');
}

/** A share from 0 to 1. */
export function parseShare(text: string): number {
  return parseNumber(text, (value) => value >= 0 && value <= 1, 'Give a number from 0 to 1.');
}

export function parseFeedbackWeight(text: string): number {
  const fits = (value: number) => value > 0 && value <= 100;
  return parseNumber(text, fits, 'Give a number above 0, at most 100.');
}

export function parseFinite(text: string): number {
  return parseNumber(text, () => true, 'Give a number.');
}

export function parsePositive(text: string): number {
  return parseNumber(text, (value) => value > 0, 'Give a number above 0.');
}

export function parseNonNegative(text: string): number {
  return parseNumber(text, (value) => value >= 0, 'Give a number of at least 0.');
}

export function parseInteger(text: string): number {
  return parseNumber(text, Number.isInteger, 'Give an integer.');
}

/** An integer of at least 1. */
export function parsePositiveInteger(text: string): number {
  const fits = (value: number) => Number.isInteger(value) && value > 0;
  return parseNumber(text, fits, 'Give an integer of at least 1.');
}

/** An integer of at least 0. */
export function parseCount(text: string): number {
  const fits = (value: number) => Number.isInteger(value) && value >= 0;
  return parseNumber(text, fits, 'Give an integer of at least 0.');
}

export function parseLimit(text: string): UnreadableLimit {
  const limit = parseUnreadableLimit(text);
  if (limit !== undefined) return limit;
  throw new InvalidArgumentError('Give a number of photos or a share such as 0.5%.');
}

function parseNumber(text: string, fits: (value: number) => boolean, advice: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && fits(value)) return value;
  throw new InvalidArgumentError(advice);
}
