import { describe, expect, it } from 'vitest';
import { quantilesAt, type IntervalSpec } from '../../../../src/inference/head/interval.ts';
import { normal, seededRandom, uniform } from '../../../../src/common/random.ts';
import {
  fitInterval,
  type LabeledPrediction,
} from '../../../../src/learning/training/publication/interval-fit.ts';

/** Predictions of a network that is biased toward 45 years and states a correct spread. */
function biasedPredictions(count: number, seed: number): LabeledPrediction[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const age = uniform(random, 0, 90);
    const median = 45 + 0.75 * (age - 45) + 6 * normal(random);
    return { age, median, quantile: normalCdf((age - median) / 10) };
  });
}

function normalCdf(z: number): number {
  return 1 / (1 + Math.exp(-1.702 * z));
}

function coverageOf(photos: readonly LabeledPrediction[], interval: IntervalSpec): number {
  const covered = photos.filter(({ median, quantile }) => {
    const { low, high } = quantilesAt(interval, median);
    return low <= quantile && quantile <= high;
  });
  return covered.length / photos.length;
}

const between = (photos: readonly LabeledPrediction[], low: number, high: number) =>
  photos.filter(({ age }) => low <= age && age < high);

describe('fitInterval', () => {
  const photos = biasedPredictions(4000, 1);
  const interval = fitInterval(photos);

  it('covers 80 % of the photos it is fitted to, and of others from the same distribution', () => {
    expect(coverageOf(photos, interval)).toBeCloseTo(0.8, 2);
    expect(Math.abs(coverageOf(biasedPredictions(4000, 2), interval) - 0.8)).toBeLessThan(0.02);
  });

  it('covers ages at the ends and in the middle more evenly than one pair of quantiles', () => {
    const constant = fitInterval(photos.map((photo) => ({ ...photo, median: 45, age: 45 })));
    expect(
      constant.knots.every(({ lowQuantile }) => lowQuantile === constant.knots[0]!.lowQuantile),
    ).toBe(true);
    const spread = (spec: IntervalSpec) => {
      const shares = [0, 30, 60].map((low) => coverageOf(between(photos, low, low + 30), spec));
      return Math.max(...shares) - Math.min(...shares);
    };
    expect(spread(interval)).toBeLessThan(0.8 * spread(constant));
  });

  it('fits a single pair of quantiles if there are few photos', () => {
    const few = biasedPredictions(20, 3);
    expect(fitInterval(few).knots).toHaveLength(1);
    expect(Math.abs(coverageOf(few, fitInterval(few)) - 0.8)).toBeLessThanOrEqual(0.1);
  });

  it('returns ascending knots with quantiles on both sides of the median', () => {
    interval.knots.forEach(({ median, lowQuantile, highQuantile }, index, all) => {
      if (index > 0) expect(median).toBeGreaterThan(all[index - 1]!.median);
      expect(lowQuantile).toBeGreaterThan(0);
      expect(lowQuantile).toBeLessThanOrEqual(0.5);
      expect(highQuantile).toBeGreaterThanOrEqual(0.5);
      expect(highQuantile).toBeLessThan(1);
    });
  });
});
