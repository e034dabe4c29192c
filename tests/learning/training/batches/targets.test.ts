import { describe, expect, it } from 'vitest';
import {
  AGE_COUNT,
  labelDistribution,
  targetsFor,
} from '../../../../src/learning/training/batches/targets.ts';

const meanOf = (distribution: Float32Array) =>
  distribution.reduce((sum, p, age) => sum + p * age, 0);

describe('labelDistribution', () => {
  it('sums to one and peaks at the age', () => {
    for (const age of [0, 1, 26, 77, 100]) {
      const distribution = labelDistribution(age);
      expect(distribution.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
      expect(distribution.indexOf(Math.max(...distribution))).toBe(age);
    }
  });

  it('has the age as its mean away from the ends', () => {
    expect(meanOf(labelDistribution(40))).toBeCloseTo(40, 3);
  });

  it('widens with age', () => {
    expect(Math.max(...labelDistribution(10))).toBeGreaterThan(Math.max(...labelDistribution(60)));
  });

  it('is narrower with a smaller spread', () => {
    const [wide, narrow] = [1, 0.5].map((spread) => targetsFor('age-distribution', spread).of(30));
    expect(narrow![30]).toBeGreaterThan(1.8 * wide![30]!);
    expect(narrow!.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  });

  it('treats ages above 100 as 100', () => {
    expect(labelDistribution(116)).toEqual(labelDistribution(AGE_COUNT - 1));
  });
});

describe('targetsFor', () => {
  it('treats ages above 100 as 100', () => {
    expect(targetsFor('age-distribution').of(116)).toEqual(labelDistribution(116));
    expect(targetsFor('decades').of(116).indexOf(1)).toBe(9);
  });

  it('has the width of the output', () => {
    expect(targetsFor('age-distribution').width).toBe(AGE_COUNT);
    expect(targetsFor('decades').width).toBe(10);
  });
});
