import { describe, expect, it } from 'vitest';
import { percentile, ratios, spreadOf } from '../../../bench/support/statistics.ts';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);

  it.each([
    [0.5, 50],
    [0.99, 99],
    [0.991, 100],
    [1, 100],
    [0.001, 1],
  ])('%f of 1…100 is the nearest rank', (share, expected) => {
    expect(percentile(hundred, share)).toBe(expected);
  });

  it('keeps fractions of a millisecond', () => {
    expect(percentile(Float64Array.of(1.25, 2.375), 0.5)).toBe(1.25);
  });

  it('is NaN without values', () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('the spread of several rounds', () => {
  it('has the middle value as its median, or the mean of the two middle values', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, low: 1, high: 4 });
  });

  it('leaves out rounds without a value', () => {
    expect(spreadOf([Number.NaN, 5])).toEqual({ median: 5, low: 5, high: 5 });
    expect(spreadOf([Number.NaN]).median).toBeNaN();
  });
});

describe('ratios', () => {
  it('compare round with round', () => {
    expect(ratios([10, 30, 5], [5, 10])).toEqual([2, 3]);
  });
});
