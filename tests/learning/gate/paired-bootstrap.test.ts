import { describe, expect, it } from 'vitest';
import { pairedBootstrap } from '../../../src/learning/gate/weighted-figures.ts';
import { mulberry32, normal } from '../../../src/common/random.ts';

const options = { resamples: 1000, confidence: 0.95, seed: 1 };

function meanOf(column: readonly number[]) {
  return (weights: Uint16Array) => {
    const sum = column.reduce((total, value, photo) => total + weights[photo]! * value, 0);
    return { mean: sum / weights.reduce((total, weight) => total + weight, 0) };
  };
}

describe('pairedBootstrap', () => {
  it('draws as many photos as there are in each resample, all with the same probability', () => {
    const counts = new Array<number>(10).fill(0);
    pairedBootstrap(
      10,
      (weights) => {
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(10);
        weights.forEach((weight, photo) => (counts[photo]! += weight));
        return {};
      },
      options,
    );
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  it('gives the theoretical interval for a mean', () => {
    const random = mulberry32(7);
    const column = Array.from({ length: 400 }, () => 3 + 2 * normal(random));
    const { mean } = meanOf(column)(new Uint16Array(400).fill(1));
    const interval = pairedBootstrap(400, meanOf(column), options).mean;
    const half = 1.96 * (2 / Math.sqrt(400));
    expect(interval.low).toBeCloseTo(mean - half, 1);
    expect(interval.high).toBeCloseTo(mean + half, 1);
    const wider = pairedBootstrap(400, meanOf(column), { ...options, confidence: 0.99 }).mean;
    expect(wider.low).toBeLessThan(interval.low);
    expect(wider.high).toBeGreaterThan(interval.high);
  });

  it('is reproducible for a seed and differs between seeds', () => {
    const column = [1, 2, 3, 4, 5, 6, 7, 8];
    const again = () => pairedBootstrap(8, meanOf(column), options);
    expect(again()).toEqual(again());
    expect(again()).not.toEqual(pairedBootstrap(8, meanOf(column), { ...options, seed: 2 }));
  });

  it('ignores resamples without a value', () => {
    const [first] = [({ 0: weight }: Uint16Array) => ({ rate: weight === 0 ? NaN : 0.5 })];
    expect(pairedBootstrap(3, first, options).rate).toEqual({ low: 0.5, high: 0.5 });
    const never = () => ({ rate: NaN });
    expect(pairedBootstrap(3, never, options).rate).toEqual({ low: NaN, high: NaN });
  });
});
