import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { boundedArray, boundedValues } from '../../src/common/bounded-array.ts';

describe('a bounded array', () => {
  const lengthsOfParsed: number[] = [];
  const word = z.string().refine(({ length }) => lengthsOfParsed.push(length) > 0);
  const schema = z.object({ words: boundedArray(word, { min: 1, max: 3 }) });
  const issuesOf = (words: unknown) => schema.safeParse({ words }).error?.issues;

  it('accepts arrays within its bounds', () => {
    expect(schema.parse({ words: ['a', 'b', 'c'] })).toEqual({ words: ['a', 'b', 'c'] });
    expect(issuesOf([])).toMatchObject([{ code: 'too_small', path: ['words'] }]);
    expect(issuesOf('abc')).toMatchObject([{ code: 'invalid_type', path: ['words'] }]);
  });

  it('is refused by its length before any element is parsed', () => {
    lengthsOfParsed.length = 0;
    expect(issuesOf(['a', 'b', 'c', 'd'])).toMatchObject([
      { code: 'too_big', path: ['words'], message: 'Too big: expected array to have <=3 items' },
    ]);
    expect(lengthsOfParsed).toEqual([]);
  });

  it('stops at the first element that is not valid', () => {
    lengthsOfParsed.length = 0;
    expect(issuesOf(['a', 1, 2])).toMatchObject([{ code: 'invalid_type', path: ['words', 1] }]);
    expect(lengthsOfParsed).toEqual([1]);
  });

  it('reports excessive length with its own message', () => {
    const few = boundedArray(word, { max: 1, tooLong: 'one word' });
    expect(few.safeParse(['a', 'b']).error?.issues[0]?.message).toBe('one word');
  });
});

describe('bounded values', () => {
  const schema = boundedValues(3);

  it('accept an array of any values within the bound', () => {
    const values = [1, 'a', [null]];
    expect(schema.parse(values)).toBe(values);
    expect(schema.safeParse([1, 2, 3, 4]).error?.issues).toMatchObject([{ code: 'too_big' }]);
    expect(schema.safeParse('abc').error?.issues).toMatchObject([{ code: 'invalid_type' }]);
  });
});

it('states its bounds in JSON Schema', () => {
  const schema = z.object({
    words: boundedArray(z.string(), { min: 1, max: 3 }),
    values: boundedValues(4),
  });
  expect(z.toJSONSchema(schema, { io: 'input' }).properties).toEqual({
    words: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 3 },
    values: { type: 'array', items: {}, maxItems: 4 },
  });
});
