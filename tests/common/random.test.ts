import { describe, expect, it } from 'vitest';
import { normal, permutation, seededRandom, symmetricBeta } from '../../src/common/random.ts';

const draws = (count: number, draw: () => number) => Array.from({ length: count }, draw);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('seededRandom', () => {
  it('repeats for the same seeds and differs for neighboring ones', () => {
    expect(draws(5, seededRandom(1, 2))).toEqual(draws(5, seededRandom(1, 2)));
    expect(draws(5, seededRandom(1, 2))).not.toEqual(draws(5, seededRandom(1, 3)));
    expect(draws(5, seededRandom(1, 2))).not.toEqual(draws(5, seededRandom(2, 1)));
  });

  it('is uniform over [0, 1)', () => {
    const values = draws(10_000, seededRandom(7));
    expect(mean(values)).toBeCloseTo(0.5, 1);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
  });
});

describe('derived distributions', () => {
  it('permute every index once', () => {
    expect([...permutation(seededRandom(3), 100)].toSorted((a, b) => a - b)).toEqual([
      ...Array(100).keys(),
    ]);
  });

  it('have the moments of a normal and of a Beta(0.4, 0.4)', () => {
    const random = seededRandom(5);
    const normals = draws(20_000, () => normal(random));
    expect(mean(normals)).toBeCloseTo(0, 1);
    expect(mean(normals.map((value) => value ** 2))).toBeCloseTo(1, 1);
    const betas = draws(20_000, () => symmetricBeta(random, 0.4));
    expect(mean(betas)).toBeCloseTo(0.5, 1);
    expect(mean(betas.map((value) => (value - 0.5) ** 2))).toBeCloseTo(0.25 / 1.8, 2);
  });
});
