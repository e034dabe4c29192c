import { describe, expect, it } from 'vitest';
import { createAgeHead } from '../../../../src/inference/head/age-head.ts';
import { centralInterval } from '../../../../src/inference/head/interval.ts';
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

  it('fits the temperature on labels that are ranges, and takes the central interval without exact ages', () => {
    const ranges = (trueSigma: number, claimedSigma: number) =>
      predictions(trueSigma, claimedSigma).map(({ age, output }) => ({
        age: { min: Math.floor(age.min / 10) * 10, max: Math.floor(age.min / 10) * 10 + 9 },
        output,
      }));
    expect(calibrate(ranges(4, 8), decadeBuckets).temperature).toBeLessThan(0.6);
    const { temperature, interval } = calibrate(ranges(8, 5), decadeBuckets);
    expect(Math.abs(Math.sqrt(temperature) * 5 - 8)).toBeLessThan(1);
    expect(interval).toEqual(centralInterval);
  });

  it('fits the interval on the exact ages alone', () => {
    const exact = predictions(8, 8);
    const range = { age: { min: 0, max: 130 }, output: exact[0]!.output };
    const alone = calibrate(exact, decadeBuckets);
    const mixed = calibrate([...exact, ...exact.map(() => range)], decadeBuckets);
    expect(mixed.temperature).toBeCloseTo(alone.temperature, 2);
    expect(mixed.interval.knots.length).toBe(alone.interval.knots.length);
    expect(mixed.interval.knots[2]!.lowQuantile).toBeCloseTo(
      alone.interval.knots[2]!.lowQuantile,
      2,
    );
  });

  it('counts each data set equally, however many photos it has', () => {
    const from = (source: string, sigma: number, count: number) =>
      predictions(sigma, 6)
        .slice(0, count)
        .map((prediction) => ({ ...prediction, source }));
    const temperatureOf = (small: number) =>
      calibrate([...from('wide', 12, 1000), ...from('narrow', 4, small)], decadeBuckets)
        .temperature;
    const equal = temperatureOf(1000);
    expect(Math.abs(temperatureOf(400) / equal - 1)).toBeLessThan(0.1);
    expect(temperatureOf(20)).toBeGreaterThan(1.2 * equal);
  });
});
