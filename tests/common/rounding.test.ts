import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundDistribution, roundProbability, roundYears } from '../../src/common/rounding.ts';

const distribution = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 101 })
  .filter((weights) => weights.some((weight) => weight > 1e-3))
  .map((weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  });

describe('rounding a distribution', () => {
  it('keeps its sum at 1 and every value within a millionth', () => {
    fc.assert(
      fc.property(distribution, (probabilities) => {
        const rounded = roundDistribution(probabilities);
        expect(Math.abs(rounded.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-9);
        for (const [index, p] of rounded.entries()) {
          expect(Math.abs(p - probabilities[index]!)).toBeLessThan(1.001e-6);
          expect(p).toBe(Number(p.toFixed(6)));
        }
      }),
    );
  });

  it('gives the remaining units to the largest remainders', () => {
    expect(roundDistribution([1 / 3, 1 / 3, 1 / 3])).toEqual([0.333334, 0.333333, 0.333333]);
    expect(roundDistribution([0.2500004, 0.7499996])).toEqual([0.25, 0.75]);
  });
});

describe('rounding', () => {
  it('keeps six digits of a probability and two of an age', () => {
    expect(roundProbability(0.123_456_789)).toBe(0.123457);
    expect(roundYears(27.456)).toBe(27.46);
  });
});
