import { describe, expect, it } from 'vitest';
import { createAgeHead } from '../../../../src/inference/head/age-head.ts';
import { exactly } from '../../../../src/learning/dataset/age-range.ts';
import { decadeBuckets } from '../../../../src/inference/head/buckets.ts';
import { calibrate } from '../../../../src/learning/training/publication/calibration.ts';
import { normal, seededRandom, uniform } from '../../../../src/common/random.ts';
import { AGE_COUNT } from '../../../../src/learning/training/batches/targets.ts';

/** Predictions of a network whose error is `trueSigma` years and whose output claims `claimedSigma`. */
function predictions(trueSigma: number, claimedSigma: number) {
  const random = seededRandom(11);
  return Array.from({ length: 1000 }, () => {
    const age = Math.round(uniform(random, 20, 80));
    const center = age + normal(random) * trueSigma;
    const weights = Float32Array.from({ length: AGE_COUNT }, (_, year) =>
      Math.exp(-0.5 * ((year - center) / claimedSigma) ** 2),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { age: exactly(age), output: weights.map((weight) => weight / total) };
  });
}

describe('calibrate', () => {
  it('lowers the temperature of an underconfident network and raises that of an overconfident one', () => {
    expect(calibrate(predictions(4, 8), decadeBuckets).temperature).toBeLessThan(0.6);
    expect(calibrate(predictions(8, 4), decadeBuckets).temperature).toBeGreaterThan(2);
  });

  it('finds the temperature at which the claimed spread equals the true one', () => {
    const spread = Math.sqrt(calibrate(predictions(8, 5), decadeBuckets).temperature) * 5;
    expect(Math.abs(spread - 8)).toBeLessThan(1);
  });

  it('fits an interval that covers 80 %, with equally many ages below and above it', () => {
    const sample = predictions(8, 4);
    const head = createAgeHead(calibrate(sample, decadeBuckets), decadeBuckets);
    const intervals = sample.map(({ age: { min: age }, output }) => ({
      age,
      ...head.interpret(output).interval,
    }));
    const share = (test: (one: { age: number; low: number; high: number }) => boolean) =>
      intervals.filter(test).length / intervals.length;
    const [below, above] = [
      share(({ age, low }) => age < low),
      share(({ age, high }) => age > high),
    ];
    expect(below + above).toBeCloseTo(0.2, 2);
    expect(Math.abs(below - above)).toBeLessThan(0.02);
  });
});
