import { describe, expect, it } from 'vitest';
import { ownValue } from '../../src/common/own-value.ts';

describe('ownValue', () => {
  const inherited = ['constructor', 'toString', 'hasOwnProperty', '__proto__'];

  it('is what the table holds', () => expect(ownValue({ a: 1 }, 'a')).toBe(1));

  it.each(['b', ...inherited])('is nothing under %s', (name) => {
    expect(ownValue({ a: 1 }, name)).toBeUndefined();
  });

  it.each(inherited)('is what the table holds under %s itself', (name) => {
    expect(ownValue(Object.fromEntries([[name, 1]]), name)).toBe(1);
  });
});
