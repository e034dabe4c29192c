import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  calibratedReference,
  expectedCalibrationError,
  reliabilityOf,
} from '../../../src/learning/evaluation/calibration-error.ts';

/** Predictions with these confidences, of which the first `right` are correct. */
function answers(...groups: { confidence: number; count: number; right: number }[]) {
  const rows = groups.flatMap(({ confidence, count, right }) =>
    Array.from({ length: count }, (_, index) => ({ confidence, answered: index < right ? 0 : 1 })),
  );
  return {
    confidences: Float64Array.from(rows, ({ confidence }) => confidence),
    trueBuckets: new Float64Array(rows.length),
    answeredBuckets: Float64Array.from(rows, ({ answered }) => answered),
  };
}

describe('expectedCalibrationError', () => {
  it('is the bin-weighted gap between confidence and accuracy', () => {
    const two = answers(
      { confidence: 0.95, count: 2, right: 1 },
      { confidence: 0.3, count: 2, right: 1 },
    );
    expect(expectedCalibrationError(two)).toBeCloseTo(0.5 * 0.45 + 0.5 * 0.2, 10);
  });

  it('is zero for a calibrated set', () => {
    expect(expectedCalibrationError(answers({ confidence: 0.7, count: 10, right: 7 }))).toBeCloseTo(
      0,
      10,
    );
  });

  it('adds up gaps within a bin with their signs', () => {
    const one = answers(
      { confidence: 0.61, count: 1, right: 1 },
      { confidence: 0.65, count: 1, right: 0 },
    );
    expect(expectedCalibrationError(one)).toBeCloseTo(Math.abs(0.61 - 1 + 0.65) / 2, 10);
  });

  it('puts a confidence of 1 into the last bin', () => {
    expect(expectedCalibrationError(answers({ confidence: 1, count: 4, right: 3 }))).toBeCloseTo(
      0.25,
      10,
    );
  });
});

describe('calibratedReference', () => {
  it('is exact if there is no randomness', () => {
    expect(calibratedReference(Float64Array.of(0.5)).ece95).toBe(0.5);
    expect(calibratedReference(new Float64Array(20).fill(1)).ece95).toBe(0);
  });

  it("finds the binomial's 95th percentile of |right − expected|", () => {
    // 100 answers of confidence 0.9: P(|k − 90| ≤ 5) = 0.936, P(|k − 90| ≤ 6) = 0.973.
    const { ece95, accuracies } = calibratedReference(new Float64Array(100).fill(0.9));
    expect(ece95).toBeCloseTo(0.06, 10);
    // The 2.5 % and 97.5 % quantiles of Binomial(100, 0.9) are 84 and 95.
    expect(accuracies[13]!.low).toBeCloseTo(0.84, 10);
    expect(accuracies[13]!.high).toBeCloseTo(0.95, 10);
    expect(accuracies[0]!.low).toBeNaN();
  });

  it('decreases with the square root of the number of photos', () => {
    const few = calibratedReference(new Float64Array(200).fill(0.5)).ece95;
    const many = calibratedReference(new Float64Array(3200).fill(0.5)).ece95;
    expect(few / many).toBeGreaterThan(3.4);
    expect(few / many).toBeLessThan(4.6);
  });

  it('is the same for the same seed', () => {
    const confidences = Float64Array.from({ length: 50 }, (_, index) => 0.3 + index / 100);
    const first = calibratedReference(confidences, { draws: 300, seed: 5 });
    expect(calibratedReference(confidences, { draws: 300, seed: 5 })).toEqual(first);
    expect(calibratedReference(confidences, { draws: 300, seed: 6 }).ece95).not.toBe(first.ece95);
  });

  it('stays within 0 and 1', () => {
    fc.assert(
      fc.property(
        fc.float64Array({ min: 0, max: 1, noNaN: true, minLength: 1, maxLength: 40 }),
        (confidences) => {
          const { ece95 } = calibratedReference(confidences, { draws: 50 });
          expect(ece95).toBeGreaterThanOrEqual(0);
          expect(ece95).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('reliabilityOf', () => {
  it('returns confidence and accuracy of each bin with photos', () => {
    const given = answers(
      { confidence: 0.62, count: 1, right: 1 },
      { confidence: 0.66, count: 3, right: 1 },
      { confidence: 1, count: 2, right: 2 },
    );
    const [low, high, ...others] = reliabilityOf(given, calibratedReference(given.confidences));
    expect(others).toEqual([]);
    expect(low).toMatchObject({ from: 9 / 15, to: 10 / 15, photos: 4, accuracy: 0.5 });
    expect(low!.confidence).toBeCloseTo(0.65, 10);
    expect(high).toEqual({
      from: 14 / 15,
      to: 1,
      photos: 2,
      confidence: 1,
      accuracy: 1,
      consistency: { low: 1, high: 1 },
    });
  });
});
