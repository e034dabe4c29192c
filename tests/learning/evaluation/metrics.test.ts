import { describe, expect, it } from 'vitest';
import {
  metricsOf,
  outcomesOf,
  scoresOf,
  subsetOf,
} from '../../../src/learning/evaluation/metrics.ts';
import { decadeBuckets } from '../../../src/inference/head/buckets.ts';
import { evaluatedPhoto } from '../../support/models/evaluated-photos.ts';

const photos = [
  evaluatedPhoto(25, { 24: 0.5, 26: 0.5 }),
  evaluatedPhoto(38, { 45: 1 }),
  evaluatedPhoto(70, { 20: 1 }),
  evaluatedPhoto(105, { 100: 1 }),
];
const outcomes = outcomesOf(photos, decadeBuckets);

describe('metricsOf', () => {
  it('computes each metric by its definition', () => {
    const metrics = metricsOf(outcomes);
    expect(metrics.count).toBe(4);
    expect(metrics.mae).toBeCloseTo((0 + 7 + 50 + 5) / 4, 5);
    expect(metrics.bias).toBeCloseTo((0 + 7 - 50 - 5) / 4, 5);
    expect(metrics.cs5).toBe(0.5);
    expect(metrics.bucketAccuracy).toBe(0.5);
    expect(metrics.withinOneBucket).toBe(0.75);
    expect(metrics.ece).toBeCloseTo(0.5, 5);
    expect(metrics.intervalCoverage).toBe(0.25);
  });

  it('is NaN without photos', () => {
    const none = metricsOf(subsetOf(outcomes, []));
    expect(none.count).toBe(0);
    expect(none.mae).toBeNaN();
    expect(none.ece).toBeNaN();
  });
});

describe('outcomesOf', () => {
  it('finds the most probable bucket', () => {
    const mixed = outcomesOf(
      [evaluatedPhoto(33, { 12: 0.3, 34: 0.2, 35: 0.2, 71: 0.3 })],
      decadeBuckets,
    );
    expect([...mixed.answeredBuckets]).toEqual([3]);
    expect([...mixed.trueBuckets]).toEqual([3]);
    expect(mixed.confidences[0]).toBeCloseTo(0.4, 6);
  });

  it('selects the same photos in all columns', () => {
    const some = subsetOf(outcomes, [2, 0]);
    expect([...some.ages]).toEqual([70, 25]);
    expect([...some.means]).toEqual([20, 25]);
    expect([...scoresOf(some).bias]).toEqual([-50, 0]);
  });
});
