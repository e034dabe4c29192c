import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Larger inputs that reach new code stay out of the repository. */
const MOST_BYTES = 400;
const MOST_INPUTS = 120;

const fileOf = (target: string) => path.join(import.meta.dirname, 'corpus', `${target}.txt`);

/**
 * Inputs that reached new code in earlier campaigns. A file has one JSON string in a line, whose characters are bytes
 * (latin1), so that differences can be read in a review.
 */
export function readCorpus(target: string): Buffer[] {
  if (!existsSync(fileOf(target))) return [];
  const lines = readFileSync(fileOf(target), 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith('"'))
    .map((line) => Buffer.from(JSON.parse(line) as string, 'latin1'));
}

/** Adds what a campaign has found, the shortest first, as far as the file stays small. */
export function extendCorpus(target: string, found: readonly Buffer[]): void {
  const known = readCorpus(target);
  const short = found.filter(({ length }) => length <= MOST_BYTES);
  const added = short.toSorted((a, b) => a.length - b.length).slice(0, MOST_INPUTS - known.length);
  const lines = [...known, ...added].map(asText);
  writeFileSync(fileOf(target), `${lines.join('\n')}\n`);
}

/** A JSON string of ASCII characters. */
export function asText(input: Buffer): string {
  return JSON.stringify(input.toString('latin1')).replace(
    /[\u007f-\uffff]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
