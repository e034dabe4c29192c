import { centralInterval } from '../../../src/inference/head/interval.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAgeHead, type AgeHeadSpec } from '../../../src/inference/head/age-head.ts';
import {
  decadeBuckets,
  parseBucketEdges,
  type Bucket,
} from '../../../src/inference/head/buckets.ts';

const years = (temperature = 1): AgeHeadSpec => ({
  kind: 'age-distribution',
  minAge: 0,
  maxAge: 100,
  temperature,
  interval: centralInterval,
});

const stages: Bucket[] = [
  { label: '0-17', min: 0, max: 17 },
  { label: '18-64', min: 18, max: 64 },
  { label: '65+', min: 65, max: 120 },
];
const staged: AgeHeadSpec = { kind: 'buckets', buckets: stages };

const distribution = (masses: Record<number, number>): Float32Array => {
  const output = new Float32Array(101);
  for (const [age, mass] of Object.entries(masses)) output[Number(age)] = mass;
  return output;
};

const estimate = (masses: Record<number, number>, temperature = 1) =>
  createAgeHead(years(temperature), decadeBuckets).interpret(distribution(masses));

describe('an age-distribution head', () => {
  it('returns the mean in completed years', () => {
    expect(estimate({ 20: 0.5, 30: 0.25, 34: 0.25 }).mean).toBeCloseTo(26, 6);
  });

  it('spreads a year over [a, a + 1) in the median and the interval', () => {
    const { median, interval } = estimate({ 27: 1 });
    expect(median).toBeCloseTo(27.5, 6);
    expect(interval.level).toBe(0.8);
    expect(interval.low).toBeCloseTo(27.1, 6);
    expect(interval.high).toBeCloseTo(27.9, 6);
  });

  it('interpolates the median within the year in which half is reached', () => {
    expect(estimate({ 20: 0.4, 21: 0.2, 40: 0.4 }).median).toBeCloseTo(21.5, 5);
  });

  it('puts the median at or above 18 exactly if at least half is above 18', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 101, maxLength: 101 }), (weights) => {
        fc.pre(weights.some((weight) => weight > 0));
        const answer = createAgeHead(years(), decadeBuckets).interpret(Float32Array.from(weights));
        const adult = answer.probabilityAtLeast(18);
        fc.pre(Math.abs(adult - 0.5) > 1e-9);
        expect(answer.median >= 18).toBe(adult > 0.5);
      }),
    );
  });

  it('sums the probabilities of a bucket, both ends included', () => {
    const answer = estimate({ 19: 0.1, 20: 0.2, 29: 0.3, 30: 0.4 });
    expect(answer.probabilityOf({ min: 20, max: 29 })).toBeCloseTo(0.5, 6);
    expect(answer.bucketProbabilities()[3]).toBeCloseTo(0.4, 6);
  });

  it('counts age 100 and above into an open-ended last bucket', () => {
    const answer = estimate({ 89: 0.25, 90: 0.25, 100: 0.5 });
    expect(answer.bucketProbabilities().at(-1)).toBeCloseTo(0.75, 6);
    expect(answer.probabilityOf({ min: 25, max: 120 })).toBeCloseTo(1, 6);
    expect(answer.probabilityOf({ min: 100, max: 100 })).toBeCloseTo(0.5, 6);
  });

  it('includes the threshold itself in probabilityAtLeast', () => {
    const answer = estimate({ 17: 0.25, 18: 0.5, 19: 0.25 });
    expect(answer.probabilityAtLeast(18)).toBeCloseTo(0.75, 6);
    expect(answer.probabilityAtLeast(0)).toBeCloseTo(1, 6);
  });

  it.each([
    ['threshold over 100', (answer: ReturnType<typeof estimate>) => answer.probabilityAtLeast(101)],
    [
      'threshold inside a year',
      (answer: ReturnType<typeof estimate>) => answer.probabilityAtLeast(18.5),
    ],
    [
      'bucket over 100',
      (answer: ReturnType<typeof estimate>) => answer.probabilityOf({ min: 110, max: 120 }),
    ],
  ])('refuses a %s as an edge it has not', (_, ask) => {
    expect(() => ask(estimate({ 30: 1 }))).toThrow(
      expect.objectContaining({ code: 'edge_not_supported' }) as Error,
    );
    expect(() => ask(estimate({ 30: 1 }))).toThrow('every year from 0 to 100');
  });

  it('applies the temperature: p^(1/T), renormalized', () => {
    const answer = estimate({ 20: 0.8, 30: 0.2 }, 2);
    expect(answer.probabilityAtLeast(30)).toBeCloseTo(1 / 3, 6);
  });

  it.each([0.5, 1, 1.7])('returns bucket probabilities that sum to 1 at temperature %d', (t) => {
    const head = createAgeHead(years(t), decadeBuckets);
    const custom = parseBucketEdges('0-12,13-17,18-24,25-120');
    fc.assert(
      fc.property(fc.float32Array({ minLength: 101, maxLength: 101, min: 0, max: 1 }), (output) => {
        fc.pre(output.every((p) => !Number.isNaN(p)) && output.some((p) => p > 1e-6));
        const answer = head.interpret(output);
        for (const buckets of [decadeBuckets, custom]) {
          const sum = answer.bucketProbabilities(buckets).reduce((total, p) => total + p, 0);
          expect(Math.abs(sum - 1)).toBeLessThan(1e-6);
        }
        const { low, high } = answer.interval;
        expect(low <= answer.median && answer.median <= high).toBe(true);
      }),
    );
  });

  it.each([
    ['NaN', new Float32Array(101).fill(NaN)],
    ['nothing but zeros', new Float32Array(101)],
    ['infinity', new Float32Array(101).fill(Infinity)],
    ['too few values', new Float32Array(100).fill(0.01)],
  ])('takes %s for a failed inference', (_, output) => {
    const head = createAgeHead(years(), decadeBuckets);
    expect(() => head.interpret(output)).toThrow(
      expect.objectContaining({ code: 'inference_failed' }) as Error,
    );
  });
});

describe('a bucket head', () => {
  const answer = () =>
    createAgeHead(staged, stages).interpret(Float32Array.from([0.25, 0.5, 0.25]));

  it('spreads each bucket evenly, the last one up to 100', () => {
    expect(answer().mean).toBeCloseTo(0.25 * 8.5 + 0.5 * 41 + 0.25 * 82.5, 6);
    expect(answer().median).toBeCloseTo(18 + 47 / 2, 6);
    expect(answer().interval.low).toBeCloseTo(18 * 0.4, 6);
    expect(answer().interval.high).toBeCloseTo(65 + 36 * 0.6, 6);
  });

  it('answers for its own edges and for unions of its buckets', () => {
    expect(answer().bucketProbabilities()).toEqual([0.25, 0.5, 0.25]);
    expect(answer().probabilityAtLeast(18)).toBeCloseTo(0.75, 9);
    expect(answer().probabilityOf({ min: 0, max: 64 })).toBeCloseTo(0.75, 9);
    expect(answer().probabilityOf({ min: 18, max: 100 })).toBeCloseTo(0.75, 9);
  });

  it.each([
    ['threshold', () => answer().probabilityAtLeast(21)],
    ['lower edge', () => answer().probabilityOf({ min: 21, max: 64 })],
    ['upper edge', () => answer().probabilityOf({ min: 18, max: 30 })],
  ])('refuses a %s inside a bucket, naming the edges there are', (_, ask) => {
    expect(ask).toThrow(expect.objectContaining({ code: 'edge_not_supported' }) as Error);
    expect(ask).toThrow('0, 18, 65');
  });

  it('is refused with buckets that it cannot distinguish, or with gaps', () => {
    expect(() => createAgeHead(staged, decadeBuckets)).toThrow('age 10');
    const gap: AgeHeadSpec = { kind: 'buckets', buckets: [stages[0]!, stages[2]!] };
    expect(() => createAgeHead(gap, stages)).toThrow('does not start at 18');
  });
});
