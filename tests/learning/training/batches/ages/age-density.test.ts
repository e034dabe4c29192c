import { describe, expect, it } from 'vitest';
import {
  ageDensity,
  ageWithin,
} from '../../../../../src/learning/training/batches/ages/age-density.ts';

/** Groups as of FairFace. */
const groups = [
  [0, 2, 40],
  [3, 9, 100],
  [10, 19, 120],
  [20, 29, 300],
  [30, 39, 200],
  [40, 49, 110],
  [50, 59, 60],
  [60, 69, 30],
  [70, 116, 9],
].map(([minAge, maxAge, weight]) => ({
  minAge: minAge!,
  maxAge: Math.min(maxAge!, 100),
  weight: weight!,
}));
const total = groups.reduce((sum, { weight }) => sum + weight, 0);

const between = (density: ArrayLike<number>, from: number, to: number) =>
  Array.from(density)
    .slice(from, to + 1)
    .reduce((sum, value) => sum + value, 0);
const meanOf = (density: ArrayLike<number>) =>
  Array.from(density).reduce((sum, value, age) => sum + value * age, 0);

describe('the density of ages behind ranges', () => {
  const density = ageDensity(groups);

  it('gives each range about the share of its photos', () => {
    expect(between(density, 0, 100)).toBeCloseTo(1, 9);
    for (const { minAge, maxAge, weight } of groups.slice(2))
      expect(between(density, minAge, maxAge)).toBeCloseTo(weight / total, 1);
  });

  it('has no steps at the edges, and falls off within the open last range', () => {
    for (const edge of [20, 30, 40, 50, 60, 70])
      expect(density[edge]! / density[edge - 1]!).toBeGreaterThan(0.8);
    for (let age = 71; age <= 100; age++) expect(density[age]!).toBeLessThan(density[age - 1]!);
    expect(between(density, 70, 79)).toBeGreaterThan(3 * between(density, 85, 100));
  });

  it('keeps exact ages where they are', () => {
    const exact = ageDensity([{ minAge: 40, maxAge: 40, weight: 5 }]);
    expect(meanOf(exact)).toBeCloseTo(40, 0);
  });
});

describe('ages within a range', () => {
  const density = ageDensity(groups);

  it('lie towards the more common neighbors, and a little beyond the edges', () => {
    const twenties = ageWithin(density, { minAge: 20, maxAge: 29 }, 1);
    expect(between(twenties, 0, 100)).toBeCloseTo(1, 6);
    expect(between(twenties, 20, 29)).toBeGreaterThan(0.8);
    expect(between(twenties, 15, 19)).toBeGreaterThan(0.01);
    expect(between(twenties, 0, 9)).toBeLessThan(0.001);
    const fifties = ageWithin(density, { minAge: 50, maxAge: 59 }, 1);
    expect(meanOf(fifties)).toBeLessThan(54.5);
  });

  it('of an open range are plausible ages', () => {
    const last = ageWithin(density, { minAge: 70, maxAge: 100 }, 1);
    expect(meanOf(last)).toBeGreaterThan(70);
    expect(meanOf(last)).toBeLessThan(80);
  });

  it('spread further beyond the edges where labels are noisier', () => {
    const beyond = [0.5, 1, 2].map((spread) => {
      const ages = ageWithin(density, { minAge: 30, maxAge: 39 }, spread);
      return 1 - between(ages, 30, 39);
    });
    expect(beyond).toEqual(beyond.toSorted((a, b) => a - b));
    expect(beyond[0]!).toBeLessThan(0.15);
  });
});
