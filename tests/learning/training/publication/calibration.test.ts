import { describe, expect, it } from 'vitest';
import { createAgeHead } from '../../../../src/inference/head/age-head.ts';
import { decadeBuckets } from '../../../../src/inference/head/buckets.ts';
import { calibrate } from '../../../../src/learning/training/publication/calibration.ts';
import { normal, seededRandom, uniform } from '../../../../src/common/random.ts';
import { AGE_COUNT } from '../../../../src/learning/training/batches/targets.ts';

/** Answers of a network that errs by `trueSigma` years and believes it errs by `claimedSigma`. */
function answers(trueSigma: number, claimedSigma: number) {
  const random = seededRandom(11);
  return Array.from({ length: 1000 }, () => {
    const age = Math.round(uniform(random, 20, 80));
    const centre = age + normal(random) * trueSigma;
    const weights = Float32Array.from({ length: AGE_COUNT }, (_, year) =>
      Math.exp(-0.5 * ((year - centre) / claimedSigma) ** 2),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { age, output: weights.map((weight) => weight / total) };
  });
}

describe('calibrate', () => {
  it('cools a network that claims too little and heats one that claims too much', () => {
    expect(calibrate(answers(4, 8), decadeBuckets).temperature).toBeLessThan(0.6);
    expect(calibrate(answers(8, 4), decadeBuckets).temperature).toBeGreaterThan(2);
  });

  it('finds the temperature that makes the claimed spread the true one', () => {
    const spread = Math.sqrt(calibrate(answers(8, 5), decadeBuckets).temperature) * 5;
    expect(Math.abs(spread - 8)).toBeLessThan(1);
  });

  it('fits an interval that covers 80 %, about as many ages below it as above', () => {
    const sample = answers(8, 4);
    const head = createAgeHead(calibrate(sample, decadeBuckets), decadeBuckets);
    const intervals = sample.map(({ age, output }) => ({
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
