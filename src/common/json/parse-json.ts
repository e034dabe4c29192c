import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { JsonScanner, type JsonBounds, type StringSpan } from './scan-json.ts';

/** A long string of a JSON text, as it is in the text: its escapes are not resolved, and it may hold invalid ones. */
export class LongString {
  /** The bytes between the quotes, which belong to the text. */
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/** A string of any length, for schemas. */
export const anyString = () =>
  z
    .unknown()
    .refine(
      (value) => typeof value === 'string' || value instanceof LongString,
      'expected a string',
    )
    .meta({ type: 'string' });

/** Takes a few milliseconds. */
const BYTES_PER_TURN = 1 << 20;

/**
 * Parses JSON from a client without blocking the event loop: it is measured before it is parsed, a megabyte in each turn,
 * and its long strings are not parsed at all. They take no memory besides the text.
 * @param bytes UTF-8
 * @returns as JSON.parse, except that a string of over LONG_STRING_BYTES is a LongString
 * @throws JsonBoundsError; SyntaxError where it is not JSON
 */
export async function parseBoundedJson(bytes: Buffer, bounds: JsonBounds): Promise<unknown> {
  const scanner = new JsonScanner(bytes, bounds);
  for (let stop = BYTES_PER_TURN; scanner.advance(stop); stop += BYTES_PER_TURN) await nextTurn();
  const { longStrings } = scanner;
  if (longStrings.length === 0) return JSON.parse(bytes.toString('utf8')) as unknown;
  const marker = randomUUID();
  const outline = JSON.parse(outlineOf(bytes, longStrings, marker)) as unknown;
  const restore = (index: number) => {
    const { start, end } = longStrings[index]!;
    return new LongString(bytes.subarray(start, end));
  };
  return restored(outline, marker, restore);
}

/** The text with a short string in the place of each long one, which nobody can guess. */
function outlineOf(bytes: Buffer, spans: readonly StringSpan[], marker: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const [index, { start, end }] of spans.entries()) {
    parts.push(bytes.toString('utf8', from, start), marker, String(index));
    from = end;
  }
  parts.push(bytes.toString('utf8', from));
  return parts.join('');
}

/** Puts the long strings back. The nesting is bounded. */
function restored(value: unknown, marker: string, restore: (index: number) => LongString): unknown {
  if (typeof value === 'string') {
    return value.startsWith(marker) ? restore(Number(value.slice(marker.length))) : value;
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const element: unknown = value[index];
      if (typeof element !== 'number') value[index] = restored(element, marker, restore);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      // Not an assignment, which for the key `__proto__` would set the prototype.
      Object.defineProperty(value, key, { value: restored(member, marker, restore) });
    }
  }
  return value;
}
