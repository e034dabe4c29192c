import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapIntervals } from '../../../src/learning/evaluation/bootstrap.ts';

describe('bootstrapIntervals', () => {
  it('approximates the normal interval of a share', () => {
    const hits = Float64Array.from({ length: 400 }, (_, index) => index % 2);
    const { share } = bootstrapIntervals({ share: hits });
    // 1.96 × √(0.25 / 400) = 0.049.
    expect(share.low).toBeCloseTo(0.451, 2);
    expect(share.high).toBeCloseTo(0.549, 2);
  });

  it('approximates the normal interval of a mean', () => {
    const values = Float64Array.from({ length: 1000 }, (_, index) => index % 10);
    const { mean } = bootstrapIntervals({ mean: values });
    // The digits' deviation is √8.25 = 2.872; 1.96 × 2.872 / √1000 = 0.178.
    expect(mean.low).toBeCloseTo(4.5 - 0.178, 1);
    expect(mean.high).toBeCloseTo(4.5 + 0.178, 1);
  });

  it('draws the same photos for all columns', () => {
    const values = Float64Array.of(1, 2, 3, 4, 8);
    const { one, two } = bootstrapIntervals({ one: values, two: values.map((value) => 2 * value) });
    expect(two).toEqual({ low: 2 * one.low, high: 2 * one.high });
  });

  it('is the same for the same seed', () => {
    const columns = { values: Float64Array.from({ length: 30 }, (_, index) => index ** 2) };
    const { values } = bootstrapIntervals(columns, { seed: 3 });
    expect(bootstrapIntervals(columns, { seed: 3 }).values).toEqual(values);
    expect(bootstrapIntervals(columns, { seed: 4 }).values).not.toEqual(values);
  });

  it('lies between the minimum and the maximum of the values', () => {
    const column = fc.float64Array({ min: -50, max: 50, noNaN: true, minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(column, (values) => {
        const { low, high } = bootstrapIntervals({ values }, { resamples: 60 }).values;
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
        expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
      }),
      { numRuns: 50 },
    );
  });
});
