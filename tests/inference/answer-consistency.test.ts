import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ambiguityWarning } from '../../src/inference/face-warnings.ts';
import {
  ageHeadSchema,
  createAgeHead,
  type AgeHeadSpec,
} from '../../src/inference/head/age-head.ts';
import { decadeBuckets, type Bucket } from '../../src/inference/head/buckets.ts';
import { toAgeAnswer } from '../../src/serving/predict/prediction.ts';

const RUNS = 2000;
const AGES = Array.from({ length: 101 }, (_, age) => age);
/** Sums of about a hundred double-precision terms. */
const NOISE = 1e-9;

const quantile = fc.double({ min: 0.0001, max: 0.9999, noNaN: true });
const knot = fc
  .record({
    median: fc.double({ min: -10, max: 120, noNaN: true }),
    one: quantile,
    other: quantile,
  })
  .map(({ median, one, other }) => ({
    median,
    lowQuantile: Math.min(one, other),
    highQuantile: Math.max(one, other),
  }));
/** Any interval that a manifest may hold, also with knots that do not enclose the median. */
const interval = fc.record({
  level: fc.constant(0.8),
  knots: fc
    .array(knot, { minLength: 1, maxLength: 5 })
    .map((knots) => knots.toSorted((one, other) => one.median - other.median)),
});
const yearsSpec = fc.record({
  kind: fc.constant('age-distribution' as const),
  minAge: fc.constant(0),
  maxAge: fc.constant(100),
  temperature: fc.double({ min: 0.2, max: 5, noNaN: true }),
  interval,
});
const edges = fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 20 });
const buckets = edges.map((starts): Bucket[] => {
  const all = [0, ...starts.toSorted((one, other) => one - other)];
  return all.map((min, i) => ({ label: `from ${min}`, min, max: (all[i + 1] ?? 121) - 1 }));
});
const spec: fc.Arbitrary<AgeHeadSpec> = fc.oneof(
  yearsSpec,
  buckets.map((own) => ({ kind: 'buckets' as const, buckets: own })),
);

/** Outputs with few peaks, with gaps of zeros, with halves that are exactly equal, and without any shape. */
const outputOf = (length: number): fc.Arbitrary<Float32Array> => {
  const weight = fc.oneof(
    fc.constantFrom(0, 0, 0, 1, 1),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1e-12, noNaN: true }),
  );
  const peaks = fc
    .array(fc.tuple(fc.nat(length - 1), fc.constantFrom(1, 1, 2, 0.3)), {
      minLength: 1,
      maxLength: 4,
    })
    .map((places) => {
      const output = new Float32Array(length);
      for (const [cell, mass] of places) output[cell]! += mass;
      return output;
    });
  const any = fc
    .array(weight, { minLength: length, maxLength: length })
    .filter((weights) => weights.some((one) => one > 1e-6))
    .map((weights) => Float32Array.from(weights));
  return fc.oneof(peaks, any);
};

const answered = spec
  .chain((head) => {
    const length = head.kind === 'buckets' ? head.buckets.length : 101;
    return fc.record({ head: fc.constant(head), output: outputOf(length), asked: buckets });
  })
  .map(({ head, output, asked }) => {
    const own = head.kind === 'buckets' ? head.buckets : decadeBuckets;
    const estimate = createAgeHead(head, own).interpret(output);
    const ages = head.kind === 'buckets' ? own.map(({ min }) => min) : AGES;
    return { head, estimate, ages, asked: head.kind === 'buckets' ? own : asked };
  });

const check = (
  property: (given: typeof answered extends fc.Arbitrary<infer T> ? T : never) => void,
) => fc.assert(fc.property(answered, property), { numRuns: RUNS });

describe('an estimate never contradicts itself', () => {
  it('has an interval that holds its median, whatever the knots', () => {
    check(({ head, estimate: { median, interval } }) => {
      expect(ageHeadSchema.safeParse(head).success).toBe(true);
      expect(interval.low).toBeLessThanOrEqual(median);
      expect(interval.high).toBeGreaterThanOrEqual(median);
      expect(interval.low).toBeGreaterThanOrEqual(0);
      expect(interval.high).toBeLessThanOrEqual(121);
    });
  });

  it('gives no older age a higher probability', () => {
    check(({ estimate, ages }) => {
      const probabilities = ages.map((age) => estimate.probabilityAtLeast(age));
      expect(probabilities[0]).toBeCloseTo(1, 9);
      expect(probabilities).toEqual(probabilities.toSorted((one, other) => other - one));
    });
  });

  it('has a median of at least an age exactly where at least half is of that age', () => {
    check(({ estimate, ages }) => {
      const contradicted = ages.filter((age) => {
        const probability = estimate.probabilityAtLeast(age);
        if (Math.abs(probability - 0.5) <= NOISE) return false;
        return estimate.median >= age !== probability > 0.5;
      });
      expect(contradicted).toEqual([]);
    });
  });

  it('has buckets that sum to 1 and agree with the thresholds at their edges', () => {
    check(({ estimate, asked }) => {
      const probabilities = estimate.bucketProbabilities(asked);
      let above = 0;
      for (let index = asked.length - 1; index >= 0; index -= 1) {
        above += probabilities[index]!;
        expect(above).toBeCloseTo(estimate.probabilityAtLeast(asked[index]!.min), 9);
      }
      expect(above).toBeCloseTo(1, 9);
    });
  });

  it('puts the older of two equal halves at the median', () => {
    const halves = new Float32Array(101);
    halves[10] = 0.5;
    halves[30] = 0.5;
    const head = { kind: 'age-distribution', minAge: 0, maxAge: 100, temperature: 1 } as const;
    const one = { median: 0, lowQuantile: 0.1, highQuantile: 0.9 };
    const estimate = createAgeHead(
      { ...head, interval: { level: 0.8, knots: [one] } },
      decadeBuckets,
    ).interpret(halves);
    expect(estimate.probabilityAtLeast(30)).toBe(0.5);
    expect(estimate.median).toBe(30);
  });
});

describe('an answer never contradicts itself after rounding', () => {
  const answerTo = ({
    estimate,
    ages,
    asked,
  }: Pick<
    typeof answered extends fc.Arbitrary<infer T> ? T : never,
    'estimate' | 'ages' | 'asked'
  >) => toAgeAnswer(estimate, asked, { atLeast: ages, confidence: 0.95 });

  it('keeps low ≤ median ≤ high, and is ambiguous exactly where mean + 0.5 lies outside', () => {
    let ambiguous = 0;
    check((given) => {
      const { mean, median, interval } = answerTo(given).age;
      expect(interval.low).toBeLessThanOrEqual(median);
      expect(interval.high).toBeGreaterThanOrEqual(median);
      // Hundredths, as a sum of two decimals is not always the decimal that it shows.
      const [middle, low, high] = [mean + 0.5, interval.low, interval.high].map((age) =>
        Math.round(age * 100),
      );
      const warning = ambiguityWarning(given.estimate);
      expect(warning !== undefined).toBe(middle! < low! || middle! > high!);
      if (warning === undefined) return;
      ambiguous += 1;
      expect(warning).toMatchObject({ code: 'ambiguous', severity: 'severe' });
      expect(Math.round(warning.value * 100)).toBe(middle);
      expect(warning.threshold).toBe(middle! < low! ? interval.low : interval.high);
    });
    expect(ambiguous).toBeGreaterThan(RUNS / 100);
  });

  it('orders thresholds and decisions by age, in agreement with the median', () => {
    const order = { no: 0, uncertain: 1, yes: 2 };
    check((given) => {
      const { age, atLeast } = answerTo(given);
      const probabilities = atLeast.map(({ probability }) => probability);
      expect(probabilities).toEqual(probabilities.toSorted((one, other) => other - one));
      const decisions = atLeast.map(({ decision }) => order[decision]);
      expect(decisions).toEqual(decisions.toSorted((one, other) => other - one));
      const contradicted = atLeast.filter(
        ({ age: edge, probability }) =>
          (probability > 0.5 && age.median < edge) || (probability < 0.5 && age.median > edge),
      );
      expect(contradicted).toEqual([]);
    });
  });

  it('has buckets whose digits sum to 1 and agree with the thresholds to the last digit', () => {
    check((given) => {
      const { estimate, asked } = given;
      const edges = asked.map(({ min }) => min);
      const { buckets, atLeast } = answerTo({ ...given, ages: edges });
      let units = 0;
      for (let index = buckets.length - 1; index >= 0; index -= 1) {
        units += Math.round(buckets[index]!.probability * 1e6);
        const threshold = Math.round(atLeast[index]!.probability * 1e6);
        expect(Math.abs(units - threshold)).toBeLessThanOrEqual(buckets.length - index);
      }
      expect(units).toBe(1e6);
      expect(answerTo(given).bucket.probability).toBe(
        Math.max(...buckets.map(({ probability }) => probability)),
      );
      expect(estimate.bucketProbabilities(asked)).toHaveLength(buckets.length);
    });
  });
});
