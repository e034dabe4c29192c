import { describe, expect, it } from 'vitest';
import { decadeBuckets } from '../../../src/inference/head/buckets.ts';
import { wilsonInterval } from '../../../src/common/statistics.ts';
import { groupPhotos } from '../../../src/learning/evaluation/groups.ts';
import { ageMapOf, confusionOf, outcomesOf } from '../../../src/learning/evaluation/metrics.ts';
import { measure } from '../../../src/learning/evaluation/measure.ts';
import {
  manifestMetrics,
  parseMetricsFile,
  type Measured,
} from '../../../src/learning/evaluation/metrics-file.ts';
import {
  exampleMetrics,
  exampleContext,
  evaluatedPhoto,
} from '../../support/models/evaluated-photos.ts';

describe('groupPhotos', () => {
  const group = (photos: ReturnType<typeof evaluatedPhoto>[]) =>
    groupPhotos(photos, outcomesOf(photos, decadeBuckets), decadeBuckets);

  it('groups by age bucket and by each known value, in natural order', () => {
    const grouping = group(
      Array.from({ length: 60 }, (_, index) => {
        const [age, sex] = [index < 20 ? 95 : 7, ['', '1', '0'][Math.floor(index / 20)]!];
        return evaluatedPhoto(age, { [age]: 1 }, { sex, site: index < 30 ? '10' : '9' });
      }),
    );
    const from = (first: number, end: number) =>
      Array.from({ length: end - first }, (_, index) => first + index);
    expect([...grouping.keys()]).toEqual(['age', 'sex', 'site']);
    expect([...grouping.get('age')!]).toEqual([
      ['0-9', from(20, 60)],
      ['90+', from(0, 20)],
    ]);
    expect([...grouping.get('sex')!]).toEqual([
      ['0', from(40, 60)],
      ['1', from(20, 40)],
    ]);
    expect([...grouping.get('site')!.keys()]).toEqual(['9', '10']);
  });

  it('joins values that fewer than 20 photos share, or leaves them out', () => {
    const sexes = [...Array<string>(20).fill('male'), 'Ann', 'Bob', ...Array<string>(18).fill('x')];
    const photos = (count: number) =>
      sexes.slice(0, count).map((sex) => evaluatedPhoto(30, { 30: 1 }, { sex }));
    expect([...group(photos(40)).get('sex')!.keys()]).toEqual(['male', 'other']);
    expect([...group(photos(39)).get('sex')!.keys()]).toEqual(['male']);
  });

  it('skips columns that identify photos or people', () => {
    const photos = Array.from({ length: 25 }, (_, index) =>
      evaluatedPhoto(30, { 30: 1 }, { person: `p${index}` }),
    );
    expect([...group(photos).keys()]).toEqual(['age']);
  });
});

describe('cross tables', () => {
  it('count photos by true and predicted bucket', () => {
    const outcomes = {
      trueBuckets: Float64Array.of(0, 0, 1, 2),
      answeredBuckets: Float64Array.of(0, 1, 1, 0),
    };
    expect(confusionOf(outcomes, 3)).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
    ]);
  });

  it('count photos in cells of five years', () => {
    const outcomes = {
      ages: Float64Array.of(12, 10, 4, 14),
      means: Float64Array.of(9.9, 5, 4.99, 15),
    };
    expect(ageMapOf(outcomes)).toEqual({
      cellYears: 5,
      cells: [
        { trueFrom: 0, predictedFrom: 0, photos: 1 },
        { trueFrom: 10, predictedFrom: 5, photos: 2 },
        { trueFrom: 10, predictedFrom: 15, photos: 1 },
      ],
    });
  });
});

describe('measure', () => {
  const metrics = exampleMetrics((age, sex) => (sex === '1' && age < 20 ? 4 : 0));

  it('round-trips through a file', () => {
    expect(parseMetricsFile(JSON.stringify(metrics))).toEqual(metrics);
  });

  it('computes the metrics of all photos and of each group', () => {
    expect(metrics.all).toMatchObject({ count: 192, mae: 80 / 192, bias: 80 / 192, cs5: 1 });
    expect(metrics.groups.sex!['1']).toMatchObject({ count: 96, mae: 80 / 96 });
    expect(metrics.groups.sex!['0']!.mae).toBe(0);
    expect(metrics.groups.age!['0-9']).toMatchObject({ count: 20, mae: 2 });
    expect(metrics.model.intervalLevel).toBe(0.8);
    expect(metrics.dataset.photos).toBe(192);
  });

  it('has no calibration reference for groups by true age', () => {
    expect(metrics.all!.calibratedEce95).toBeGreaterThan(0);
    expect(metrics.groups.sex!['0']!.calibratedEce95).toBeGreaterThan(0);
    expect(metrics.groups.age!['0-9']!.calibratedEce95).toBeNull();
  });

  it('adds an interval to each metric unless there are few photos', () => {
    const { mae } = metrics.groups.age!['0-9']!.intervals!;
    expect(mae.low).toBeLessThan(2);
    expect(mae.high).toBeGreaterThan(2);
    const nine = Array.from({ length: 9 }, () => evaluatedPhoto(30, { 30: 1 }));
    expect(measure(nine, exampleContext).all!.intervals).toBeNull();
  });

  it('uses a Wilson interval if all photos have the same result', () => {
    expect(metrics.all!.intervals!.cs5).toEqual(wilsonInterval(192, 192));
  });

  it('computes error rates at the threshold by group', () => {
    const errors = (group: { threshold: Measured['threshold'] }) =>
      group.threshold![0]!.falsePositive;
    expect(errors(metrics.all!)).toMatchObject({ errors: 4, of: 36 });
    expect(errors(metrics.groups.sex!['1']!)).toMatchObject({ errors: 4, of: 18 });
  });

  it('omits the threshold if the model does not predict single years', () => {
    const model = { ...exampleContext.model, head: 'buckets' as const };
    const { all, groups, method } = exampleMetrics(() => 0, { model });
    expect(all!.threshold).toBeNull();
    expect(groups.age!['10-19']!.threshold).toBeNull();
    expect(method.thresholdUnavailable).toMatch(/age buckets/);
  });

  it('returns the metrics of all photos for the manifest', () => {
    expect(manifestMetrics(metrics)).toEqual({
      count: 192,
      mae: 80 / 192,
      bias: 80 / 192,
      cs5: 1,
      bucketAccuracy: metrics.all!.bucketAccuracy,
      withinOneBucket: 1,
      ece: metrics.all!.ece,
      intervalCoverage: metrics.all!.intervalCoverage,
      calibratedEce95: metrics.all!.calibratedEce95,
    });
  });
});

describe('parseMetricsFile', () => {
  it.each([
    ['{', /not JSON/],
    ['{"validation": {}}', /no schemaVersion; this build reads 2 and 3: evaluate the model again/],
    ['{"schemaVersion": 4}', /schemaVersion 4; this build reads 2 and 3/],
    ['{"schemaVersion": 1}', /schemaVersion 1; this build reads 2 and 3/],
    ['{"schemaVersion": 2}', /not valid/],
    ['{"schemaVersion": 3}', /not valid/],
  ])('explains what is wrong with %s', (text, message) => {
    expect(() => parseMetricsFile(text)).toThrow(message);
  });
});
