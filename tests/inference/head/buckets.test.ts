import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../../src/common/errors.ts';
import {
  bucketIndexOf,
  coverageFault,
  decadeBuckets,
  parseBucketEdges,
} from '../../../src/inference/head/buckets.ts';

describe('decadeBuckets', () => {
  it('consist of ten decades, the last one open-ended', () => {
    expect(decadeBuckets.map(({ label }) => label)).toEqual([
      ...['0-9', '10-19', '20-29', '30-39', '40-49'],
      ...['50-59', '60-69', '70-79', '80-89', '90+'],
    ]);
    expect(coverageFault(decadeBuckets)).toBeUndefined();
  });
});

describe('parseBucketEdges', () => {
  it('reads ranges with the labels as given', () => {
    expect(parseBucketEdges('0-12,13-17, 18-24,25-120')).toEqual([
      { label: '0-12', min: 0, max: 12 },
      { label: '13-17', min: 13, max: 17 },
      { label: '18-24', min: 18, max: 24 },
      { label: '25-120', min: 25, max: 120 },
    ]);
  });

  it.each([
    ['', 'is not a range'],
    ['0-17,18', 'is not a range'],
    ['0-17,18-1e2', 'is not a range'],
    ['0-17,-18-100', 'is not a range'],
    ['0-120', 'two buckets'],
    ['1-17,18-120', 'starts at 1, not at 0'],
    ['0-17,19-120', 'does not start at 18'],
    ['0-17,17-120', 'does not start at 18'],
    ['18-120,0-17', 'not at 0'],
    ['0-17,18-10', 'ends before it starts'],
    ['0-17,18-99', 'ends before 100'],
  ])('refuses %j, naming the fault', (text, fault) => {
    const refusal = (): unknown => parseBucketEdges(text);
    expect(refusal).toThrow(ServiceError);
    expect(refusal).toThrow(expect.objectContaining({ code: 'invalid_query' }) as Error);
    expect(refusal).toThrow(fault);
  });
});

describe('bucketIndexOf', () => {
  it.each([
    [0, 0],
    [9, 0],
    [10, 1],
    [90, 9],
    [116, 9],
    [200, 9],
  ])('puts age %i into bucket %i', (age, index) => {
    expect(bucketIndexOf(age, decadeBuckets)).toBe(index);
  });
});
