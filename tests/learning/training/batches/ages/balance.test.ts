import { describe, expect, it } from 'vitest';
import { balanceAges } from '../../../../../src/learning/training/batches/ages/balance.ts';
import { flatPhotoSet } from '../../../../support/models/photo-shard.ts';

/** Ninety photos of people of 30, and ten of people in their seventies. */
const drawn = () =>
  flatPhotoSet(4, [
    ...Array.from({ length: 90 }, () => ({ gray: 1, age: 30 })),
    ...Array.from({ length: 10 }, () => ({ gray: 2, age: { min: 70, max: 79 } })),
  ]);
const sumOf = (weights: Float32Array) => weights.reduce((sum, weight) => sum + weight, 0);

describe('balancing ages', () => {
  it('gives rare ages more weight, by its strength, and keeps the mean', () => {
    const photos = drawn();
    const ratios = [0, 0.3, 0.6].map((strength) => {
      const { weights } = balanceAges(photos, strength);
      expect(sumOf(weights)).toBeCloseTo(100, 1);
      return weights[95]! / weights[0]!;
    });
    expect(ratios[0]).toBe(1);
    expect(ratios[1]!).toBeGreaterThan(1.5);
    expect(ratios[2]!).toBeCloseTo(ratios[1]! ** 2, 1);
  });

  it('gives no photo more than five times the mean weight', () => {
    const { weights } = balanceAges(drawn(), 1);
    expect(Math.max(...weights)).toBeCloseTo(5, 4);
  });

  it('leaves what the weights were before between photos of the same age', () => {
    const photos = drawn();
    const doubled = {
      ...photos,
      weights: photos.weights.map((weight, at) => (at === 0 ? 2 : weight)),
    };
    const { weights } = balanceAges(doubled, 0.5);
    expect(weights[0]! / weights[1]!).toBeCloseTo(2, 5);
  });
});
