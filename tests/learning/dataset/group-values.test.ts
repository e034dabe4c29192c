import { describe, expect, it } from 'vitest';
import { publishedGroups } from '../../../src/learning/dataset/group-values.ts';

const times = (count: number, value: string) => Array<string>(count).fill(value);
const countsOf = (values: string[]) =>
  Object.fromEntries([...publishedGroups(values)].map(([value, { length }]) => [value, length]));

describe('publishedGroups', () => {
  it('keeps values that 20 photos share and joins the others where these are 20', () => {
    const values = [...times(20, '10'), ...times(21, '9'), ...times(19, 'x'), 'y', ...times(3, '')];
    expect(countsOf(values)).toEqual({ 10: 20, 9: 21, other: 20 });
    expect([...publishedGroups(values).keys()]).toEqual(['9', '10', 'other']);
    expect(countsOf([...times(20, 'a'), ...times(19, 'b')])).toEqual({ a: 20 });
  });

  it('joins rare values with those that are called other', () => {
    expect(countsOf([...times(15, 'Other'), ...times(6, 'b')])).toEqual({ other: 21 });
  });

  it('never keeps free text or addresses', () => {
    const texts = ['a@example.org', 'met on 2020-01-01', 'x'.repeat(41), 'two\nlines'];
    for (const text of texts) expect(countsOf(times(30, text))).toEqual({ other: 30 });
  });

  it('has no groups of a column with more than 24 values', () => {
    const values = Array.from({ length: 25 }, (_, index) => times(30, `v${index}`)).flat();
    expect(countsOf(values)).toEqual({});
    expect(countsOf(values.slice(30))).toHaveProperty('v24', 30);
  });
});
