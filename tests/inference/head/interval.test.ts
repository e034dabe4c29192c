import { describe, expect, it } from 'vitest';
import { intervalSchema, quantilesAt } from '../../../src/inference/head/interval.ts';

const knots = [
  { median: 10, lowQuantile: 0.1, highQuantile: 0.8 },
  { median: 30, lowQuantile: 0.2, highQuantile: 0.9 },
];

describe('quantilesAt', () => {
  it('interpolates between knots and stays constant beyond the last', () => {
    expect(quantilesAt({ knots }, 10)).toEqual({ low: 0.1, high: 0.8 });
    expect(quantilesAt({ knots }, 20).low).toBeCloseTo(0.15, 12);
    expect(quantilesAt({ knots }, 20).high).toBeCloseTo(0.85, 12);
    expect(quantilesAt({ knots }, 2)).toEqual({ low: 0.1, high: 0.8 });
    expect(quantilesAt({ knots }, 70)).toEqual({ low: 0.2, high: 0.9 });
  });

  it('encloses the median where the knots lie on one side of it', () => {
    const above = [{ median: 20, lowQuantile: 0.6, highQuantile: 0.9 }];
    const below = [{ median: 20, lowQuantile: 0.1, highQuantile: 0.4 }];
    expect(quantilesAt({ knots: above }, 20)).toEqual({ low: 0.5, high: 0.9 });
    expect(quantilesAt({ knots: below }, 20)).toEqual({ low: 0.1, high: 0.5 });
  });
});

describe('intervalSchema', () => {
  it('refuses an interval without knots or with quantiles outside 0 … 1', () => {
    expect(intervalSchema.safeParse({ level: 0.8, knots: [] }).success).toBe(false);
    const wrong = { median: 1, lowQuantile: 0, highQuantile: 2 };
    expect(intervalSchema.safeParse({ level: 0.8, knots: [wrong] }).success).toBe(false);
  });
});
