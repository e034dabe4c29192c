import { describe, expect, it } from 'vitest';
import { createAgeHead } from '../../../../src/inference/head/age-head.ts';
import { decadeBuckets } from '../../../../src/inference/head/buckets.ts';
import { parseAge } from '../../../../src/learning/dataset/age-range.ts';
import { measure } from '../../../../src/learning/evaluation/measure.ts';
import {
  manifestMetrics,
  parseMetricsFile,
} from '../../../../src/learning/evaluation/metrics-file.ts';
import { measureRanges } from '../../../../src/learning/evaluation/ranges/measure-ranges.ts';
import {
  evaluatedPhoto,
  exampleContext,
  exampleMetrics,
} from '../../../support/models/evaluated-photos.ts';

const labeled = (
  label: string,
  probabilities: Record<number, number>,
  groups: Record<string, string> = {},
) => evaluatedPhoto(parseAge(label)!, probabilities, groups);
/** Values that fewer photos share are not published. */
const SHARED = 20;
const shared = <Photo>(photos: readonly Photo[]): Photo[] =>
  photos.flatMap((photo) => new Array<Photo>(SHARED).fill(photo));
const measureOf = (photos: Parameters<typeof measureRanges>[0]) => measureRanges(photos, 1);

describe('figures of labels that are ranges', () => {
  it('sum the probability over the edges of the labels, not over decades', () => {
    // By decades 0-9 is most probable; by the edges of the labels it is 10-19, with 0.4.
    const photo = { 1: 0.3, 5: 0.3, 15: 0.4 };
    const { all } = measureOf([
      labeled('10-19', photo),
      labeled('0-2', photo),
      labeled('3-9', photo),
    ]);
    expect(all).toMatchObject({ count: 3, withinOneGroup: 2 / 3 });
    expect(all.groupAccuracy).toBeCloseTo(1 / 3, 9);
    // Confidence 0.4 and accuracy 1/3, all in one bin.
    expect(all.ece).toBeCloseTo(0.4 - 1 / 3, 6);
  });

  it('count an answer in a gap between the ranges as wrong', () => {
    const photos = [labeled('20-29', { 35: 1 }), labeled('40-49', { 45: 1 })];
    const { all, labelGroups } = measureOf(photos);
    expect(all).toMatchObject({ groupAccuracy: 0.5, withinOneGroup: 1 });
    expect(labelGroups[0]!.confusion[1]).toEqual([0, 0, 1, 0, 0]);
  });

  it('use the median, and know no most probable group, where ranges overlap', () => {
    const photos = [
      labeled('20-29', { 29: 1 }),
      labeled('25-34', { 29: 1 }),
      labeled('25-34', { 24: 1 }),
      labeled('70+', { 100: 1 }),
    ];
    const { all, labelGroups, reliability } = measureOf(photos);
    expect(all).toMatchObject({ groupAccuracy: 0.75, withinOneGroup: null, ece: null });
    expect(all.calibratedEce95).toBeNull();
    expect([labelGroups[0]!.groups, reliability]).toEqual([null, []]);
  });

  it('use the median where the model does not distinguish the edges of the ranges', () => {
    const head = createAgeHead({ kind: 'buckets', buckets: [...decadeBuckets] }, decadeBuckets);
    const output = Float32Array.from({ length: 10 }, (_, bucket) => Number(bucket === 2));
    const estimate = head.interpret(output);
    const photo = (label: string) => ({ age: parseAge(label)!, groups: {}, estimate });
    expect(measureOf([photo('18-24'), photo('25-34')]).labelGroups[0]!.groups).toBeNull();
    const { all } = measureOf([photo('20-29'), photo('30-39')]);
    expect(all).toMatchObject({ groupAccuracy: 0.5, withinOneGroup: 1 });
  });

  it('choose among the groups of their own data set', () => {
    const photos = [
      { ...labeled('20-29', { 22: 0.4, 28: 0.6 }), source: 'decades' },
      { ...labeled('20-24', { 22: 0.4, 28: 0.6 }), source: 'halves' },
      { ...labeled('25-29', { 22: 0.4, 28: 0.6 }), source: 'halves' },
    ];
    const { labelGroups, all } = measureOf(photos);
    expect(labelGroups.map(({ source }) => source)).toEqual(['decades', 'halves']);
    expect(labelGroups[1]!.groups!.map(({ label }) => label)).toEqual([
      '0-19',
      '20-24',
      '25-29',
      '30+',
    ]);
    expect(all.groupAccuracy).toBeCloseTo(2 / 3, 9);
  });

  it('are broken down by labeled range and by group column', () => {
    const photos = [
      labeled('70-116', { 80: 1 }, { sex: 'female' }),
      labeled('0-69', { 80: 1 }, { sex: 'male' }),
    ];
    const { groups } = measureOf(shared(photos));
    expect(Object.keys(groups.age!)).toEqual(['0-69', '70+']);
    expect(groups.sex!.female).toMatchObject({ count: SHARED, groupAccuracy: 1 });
    expect(groups.sex!.male).toMatchObject({
      count: SHARED,
      groupAccuracy: 0,
      withinOneGroup: 1,
    });
    expect(groups.age!['70+']!.calibratedEce95).toBeNull();
  });

  it('have intervals unless there are few photos', () => {
    const photos = Array.from({ length: 20 }, (_, index) =>
      labeled(index % 2 === 0 ? '20-29' : '30-39', { 25: 1 }),
    );
    const { low, high } = measureOf(photos).all.intervals!.groupAccuracy!;
    expect([low < 0.5, high > 0.5]).toEqual([true, true]);
    expect(measureOf(photos.slice(0, 9)).all.intervals).toBeNull();
  });
});

describe('a set of exact ages and ranges', () => {
  const exact = [evaluatedPhoto(30, { 34: 1 }), evaluatedPhoto(40, { 42: 1 })];
  const ranges = [
    labeled('20-29', { 60: 1 }),
    labeled('30-39', { 60: 1 }),
    labeled('40+', { 60: 1 }),
  ];

  it('counts exact ages in the error, and ranges in the accuracy of groups, never in both', () => {
    const metrics = measure([...exact, ...ranges], exampleContext);
    expect(metrics.dataset.photos).toBe(5);
    expect(metrics.all).toMatchObject({ count: 2, mae: 3, bucketAccuracy: 1 });
    expect(metrics.ranges!.all).toMatchObject({ count: 3 });
    expect(metrics.ranges!.all.groupAccuracy).toBeCloseTo(1 / 3, 9);
    expect(metrics.all).toEqual(measure(exact, exampleContext).all);
    expect(manifestMetrics(metrics)).toMatchObject({ count: 2, mae: 3, rangeCount: 3 });
  });

  it('has no error in years without exact ages', () => {
    const metrics = measure(ranges, exampleContext);
    expect(metrics).toMatchObject({ all: null, groups: {}, reliability: [] });
    expect(Object.keys(manifestMetrics(metrics))).not.toContain('mae');
    expect(parseMetricsFile(JSON.stringify(metrics))).toEqual(metrics);
  });

  it('is broken down by data set if there are several', () => {
    const named = [...exact, ...ranges].map((photo, index) => ({
      ...photo,
      source: index % 2 === 0 ? 'one' : 'other',
    }));
    const metrics = measure(shared(named), exampleContext);
    expect(metrics.groups.source!.one).toMatchObject({ count: SHARED, mae: 4 });
    expect(metrics.ranges!.groups.source!.one).toMatchObject({ count: 2 * SHARED });
    const single = named.map((photo) => ({ ...photo, source: 'one' }));
    expect(measure(single, exampleContext).groups.source).toBeUndefined();
  });
});

describe('metrics.json of schema version 2', () => {
  it('is read as one without ranges', () => {
    const { ranges, ...rest } = exampleMetrics();
    expect(ranges).toBeNull();
    const older = parseMetricsFile(JSON.stringify({ ...rest, schemaVersion: 2 }));
    expect(older).toEqual({ ...rest, ranges: null, schemaVersion: 3 });
  });
});
