import { describe, expect, it } from 'vitest';
import {
  indexOfLargest,
  quantileOf,
  wilsonInterval,
  wilsonLowerBound,
} from '../../src/common/statistics.ts';

describe('wilsonInterval', () => {
  it.each([
    [0, 10, 0, 0.2775],
    [5, 10, 0.2366, 0.7634],
    [10, 10, 0.7225, 1],
    [1, 100, 0.0018, 0.0545],
  ])('of %i hits in %i is %f to %f', (hits, count, low, high) => {
    const interval = wilsonInterval(hits, count);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });
});

describe('wilsonLowerBound', () => {
  it.each([
    [0, 0, 0],
    [0, 50, 0],
    [5, 10, 0.2693],
    [50, 100, 0.419],
    [30, 30, 0.9173],
  ])('of %i hits in %i is %f', (hits, count, bound) => {
    expect(wilsonLowerBound(hits, count)).toBeCloseTo(bound, 3);
  });
});

describe('quantileOf', () => {
  it('interpolates between neighbors', () => {
    const values = Float64Array.of(1, 2, 4, 8);
    expect([0, 1 / 3, 0.5, 1].map((q) => quantileOf(values, q))).toEqual([1, 2, 3, 8]);
  });

  it('is NaN without values', () => {
    expect(quantileOf([], 0.5)).toBeNaN();
  });
});

describe('indexOfLargest', () => {
  it('returns the first of equal values', () => {
    expect(indexOfLargest([1, 3, 2, 3])).toBe(1);
  });
});
