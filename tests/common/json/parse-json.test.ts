import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LongString, parseBoundedJson } from '../../../src/common/json/parse-json.ts';
import {
  JsonBoundsError,
  JsonScanner,
  LONG_STRING_BYTES,
  type JsonBounds,
} from '../../../src/common/json/scan-json.ts';

const bounds: JsonBounds = { elements: 10, members: 10, depth: 4 };
const parse = (text: string, within = bounds) => parseBoundedJson(Buffer.from(text), within);
const boundOf = (text: string, within = bounds): Promise<unknown> =>
  parse(text, within).then(
    () => undefined,
    (error: unknown) => (error instanceof JsonBoundsError ? error.bound : error),
  );

/** Long strings as JSON.parse reads them. */
function plain(value: unknown): unknown {
  if (value instanceof LongString) return JSON.parse(`"${value.bytes.toString()}"`);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

describe('JSON within its bounds', () => {
  it('is parsed as JSON.parse does, except that long strings remain bytes', async () => {
    const long = fc.string({ unit: 'grapheme', minLength: 900, maxLength: 1200 });
    const wide = { elements: 1e6, members: 1e6, depth: 30 };
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.array(long, { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 20 }), long, { maxKeys: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom(undefined, 2), async (given, indent) => {
        const text = JSON.stringify(given, undefined, indent);
        expect(plain(await parse(text, wide))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps a long string of each place, with its escapes', async () => {
    const long = `${'\\/a'.repeat(LONG_STRING_BYTES)}\\"`;
    const parsed = await parse(`{"a": ["x", "${long}", 1], "__proto__": "${long}"}`);
    const kept = expect.objectContaining({ bytes: Buffer.from(long) }) as unknown;
    expect(Object.entries(parsed as object)).toEqual([
      ['a', ['x', kept, 1]],
      ['__proto__', kept],
    ]);
  });

  it.each(['', '{', '"', '[1,]', '{"a" 1}', 'tru', `["${'a'.repeat(2000)}`, ']]]]', '\\'])(
    'is refused where it is none: %s',
    (text) => expect(parse(text)).rejects.toThrow(SyntaxError),
  );
});

describe('JSON is refused before it is parsed', () => {
  const long = 'a'.repeat(LONG_STRING_BYTES + 1);
  it.each([
    ['elements', `[${'1,'.repeat(10)}1]`],
    ['elements', `[[1,2,3],[1,2,3],["a","b","c"]]`],
    ['elements', `[${'[],'.repeat(10)}[]]`],
    ['members', `{${'"a":1,'.repeat(10)}"a":1}`],
    ['members', `{"a":[${'{},'.repeat(9)}{}]}`],
    ['depth', '[[[[['],
    ['depth', '{"a":{"a":{"a":{"a":{'],
    ['literal', '1'.repeat(65)],
    ['literal', `[${'x'.repeat(65)}`],
    ['literal', `[${`${'1'.repeat(60)} `.repeat(1100)}`],
    ['key', `{"${long}": 1}`],
    ['key', `{"a": 1, "${long}": 1}`],
    ['space', ' '.repeat(66_000)],
  ])('for its %s: %#', async (bound, text) => expect(await boundOf(text)).toBe(bound));

  it('by a scanner that has stopped at the first element too many', () => {
    const text = Buffer.from(`[${'{},'.repeat(1_000_000)}{}]`);
    const scanner = new JsonScanner(text, { elements: 1000, members: 1000, depth: 4 });
    expect(() => scanner.advance(4000)).toThrow(JsonBoundsError);
  });

  it('but not within the bounds', async () => {
    expect(await boundOf(`[${'1,'.repeat(9)}1]`)).toBeUndefined();
    expect(await boundOf(`{"b":"${long}"}`)).toBeUndefined();
  });
});

describe('a long text', () => {
  it('is measured in many turns', () => {
    const text = Buffer.from(`["${'\\n'.repeat(2_500_000)}"]`);
    const scanner = new JsonScanner(text, bounds);
    let turns = 1;
    for (let stop = 1 << 20; scanner.advance(stop); stop += 1 << 20) turns += 1;
    expect(turns).toBe(5);
    expect(scanner.longStrings).toEqual([{ start: 2, end: 5_000_002 }]);
  });

  it.each([
    ['short strings', `[${'"a",'.repeat(500_000)}1]`],
    ['escaped quotes', `["${'\\"'.repeat(1_000_000)}"]`],
    ['strings before the only escape', `[${`"${'a'.repeat(80)}",`.repeat(25_000)}"\\n"]`],
  ])('of %s is measured in linear time', { timeout: 20_000 }, (_what, text) => {
    const wide = { elements: 1e6, members: 10, depth: 4 };
    const scanner = new JsonScanner(Buffer.from(text), wide);
    expect(scanner.advance(text.length)).toBe(false);
  });
});
