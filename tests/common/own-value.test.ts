import { describe, expect, it } from 'vitest';
import { ownValue } from '../../src/common/own-value.ts';

describe('ownValue', () => {
  const inherited = ['constructor', 'toString', 'hasOwnProperty', '__proto__'];

  it("returns the table's value", () => expect(ownValue({ a: 1 }, 'a')).toBe(1));

  it.each(['b', ...inherited])('returns undefined under %s', (name) => {
    expect(ownValue({ a: 1 }, name)).toBeUndefined();
  });

  it.each(inherited)("returns the table's value under %s itself", (name) => {
    expect(ownValue(Object.fromEntries([[name, 1]]), name)).toBe(1);
  });
});
