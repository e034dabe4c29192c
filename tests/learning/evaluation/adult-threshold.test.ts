import { describe, expect, it } from 'vitest';
import { adultThresholdRates, rateOf } from '../../../src/learning/evaluation/error-rates.ts';

const outcomes = {
  ages: Float64Array.of(5, 16, 17, 17, 18, 19, 30, 40),
  means: Float64Array.of(6, 20.9, 18, 25, 17.99, 23, 30, 26),
};

describe('adultThresholdRates', () => {
  it('counts minors who pass and adults who do not, by buffer', () => {
    const rates = adultThresholdRates(outcomes);
    expect(rates.map(({ bufferYears }) => bufferYears)).toEqual([0, 3, 5, 7]);
    expect(rates.map(({ falsePositive: { errors, of } }) => [errors, of])).toEqual([
      [3, 4],
      [1, 4],
      [1, 4],
      [1, 4],
    ]);
    expect(rates.map(({ falseNegative: { errors, of } }) => [errors, of])).toEqual([
      [1, 4],
      [1, 4],
      [1, 4],
      [2, 4],
    ]);
    expect(rates[0]!.falsePositive.rate).toBe(0.75);
  });

  it('has no rate without photos', () => {
    const adults = { ages: Float64Array.of(30), means: Float64Array.of(31) };
    const [first] = adultThresholdRates(adults, [0]);
    expect(first).toEqual({
      bufferYears: 0,
      falsePositive: { errors: 0, of: 0, rate: null, interval: null },
      falseNegative: rateOf(0, 1),
    });
  });
});
