import { describe, expect, it } from 'vitest';
import { figuresOf, scoresOf } from '../../../src/learning/evaluation/metrics.ts';
import { outcomesOf, subsetOf } from '../../../src/learning/evaluation/evaluated-photo.ts';
import { decadeBuckets } from '../../../src/inference/head/buckets.ts';
import { evaluatedPhoto } from '../../support/models/evaluated-photos.ts';

const photos = [
  evaluatedPhoto(25, { 24: 0.5, 26: 0.5 }),
  evaluatedPhoto(38, { 45: 1 }),
  evaluatedPhoto(70, { 20: 1 }),
  evaluatedPhoto(105, { 100: 1 }),
];
const outcomes = outcomesOf(photos, decadeBuckets);

describe('figuresOf', () => {
  it('computes each figure from its definition', () => {
    const figures = figuresOf(outcomes);
    expect(figures.count).toBe(4);
    expect(figures.mae).toBeCloseTo((0 + 7 + 50 + 5) / 4, 5);
    expect(figures.bias).toBeCloseTo((0 + 7 - 50 - 5) / 4, 5);
    expect(figures.cs5).toBe(0.5);
    expect(figures.bucketAccuracy).toBe(0.5);
    expect(figures.withinOneBucket).toBe(0.75);
    expect(figures.ece).toBeCloseTo(0.5, 5);
    expect(figures.intervalCoverage).toBe(0.25);
  });

  it('is not a number without photos', () => {
    const none = figuresOf(subsetOf(outcomes, []));
    expect(none.count).toBe(0);
    expect(none.mae).toBeNaN();
    expect(none.ece).toBeNaN();
  });
});

describe('outcomesOf', () => {
  it('takes the most probable bucket for the answer', () => {
    const mixed = outcomesOf(
      [evaluatedPhoto(33, { 12: 0.3, 34: 0.2, 35: 0.2, 71: 0.3 })],
      decadeBuckets,
    );
    expect([...mixed.answeredBuckets]).toEqual([3]);
    expect([...mixed.trueBuckets]).toEqual([3]);
    expect(mixed.confidences[0]).toBeCloseTo(0.4, 6);
  });

  it('keeps the columns of some photos together', () => {
    const some = subsetOf(outcomes, [2, 0]);
    expect([...some.ages]).toEqual([70, 25]);
    expect([...some.means]).toEqual([20, 25]);
    expect([...scoresOf(some).bias]).toEqual([-50, 0]);
  });
});
