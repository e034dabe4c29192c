import { describe, expect, it } from 'vitest';
import { ageCorrectionSchema, ageCorrector } from '../../../src/inference/head/age-correction.ts';
import { yearCells } from '../../../src/inference/head/age-cells.ts';
import { createAgeHead } from '../../../src/inference/head/age-head.ts';
import { decadeBuckets } from '../../../src/inference/head/buckets.ts';
import { centralInterval } from '../../../src/inference/head/interval.ts';

const cells = yearCells(0, 100);
const oneAge = (age: number) => Float64Array.from({ length: 101 }, (_, at) => Number(at === age));
const meanOf = (distribution: Float64Array) =>
  distribution.reduce((sum, probability, age) => sum + probability * age, 0);

describe('the correction of ages', () => {
  const correct = ageCorrector(
    [
      { from: 20, to: 20 },
      { from: 60, to: 70 },
    ],
    cells,
  );

  it('moves ages along straight lines between its points, and keeps the sum', () => {
    for (const [age, expected] of [
      [10, 10],
      [20, 20],
      [40, 45],
      [60, 70],
    ] as const) {
      const moved = correct(oneAge(age));
      expect(moved.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
      expect(Math.abs(meanOf(moved) - expected)).toBeLessThan(0.5);
    }
  });

  it('keeps the ends of the scale', () => {
    expect(correct(oneAge(0))[0]).toBeCloseTo(1, 12);
    expect(correct(oneAge(100))[100]).toBeCloseTo(1, 12);
  });

  it('that changes nothing returns the same distribution', () => {
    const same = ageCorrector([{ from: 50, to: 50 }], cells);
    const even = new Float64Array(101).fill(1 / 101);
    same(even).forEach((value, age) => expect(value).toBeCloseTo(even[age]!, 12));
  });

  it('keeps the order of ages: more probability above an age stays more', () => {
    const above = (distribution: Float64Array, age: number) =>
      distribution.subarray(age).reduce((sum, value) => sum + value, 0);
    for (let age = 1; age <= 100; age++)
      for (const threshold of [18, 35, 65])
        expect(above(correct(oneAge(age)), threshold)).toBeGreaterThanOrEqual(
          above(correct(oneAge(age - 1)), threshold),
        );
  });

  it('must ascend, and stay within the ages', () => {
    expect(
      ageCorrectionSchema.safeParse([
        { from: 50, to: 40 },
        { from: 40, to: 50 },
      ]).success,
    ).toBe(false);
    expect(
      ageCorrectionSchema.safeParse([
        { from: 40, to: 50 },
        { from: 50, to: 50 },
      ]).success,
    ).toBe(false);
    expect(() => ageCorrector([{ from: 40, to: 120 }], cells)).toThrow(
      /between the ages 0 and 101/,
    );
  });
});

describe('a head with a correction', () => {
  const head = (correction?: { from: number; to: number }[]) =>
    createAgeHead(
      {
        ...{ kind: 'age-distribution', minAge: 0, maxAge: 100, temperature: 1 },
        interval: centralInterval,
        ...(correction && { correction }),
      },
      [...decadeBuckets],
    );

  it('answers mean, median, buckets and thresholds on the corrected scale', () => {
    const output = Float32Array.from({ length: 101 }, (_, age) =>
      Math.exp(-((age - 60) ** 2) / 18),
    );
    const total = output.reduce((sum, value) => sum + value, 0);
    const normalized = output.map((value) => value / total);
    const plain = head().interpret(normalized);
    const corrected = head([{ from: 60, to: 70 }]).interpret(normalized);
    expect(plain.mean).toBeCloseTo(60, 1);
    expect(corrected.mean).toBeGreaterThan(69);
    expect(corrected.median - plain.median).toBeGreaterThan(9);
    expect(corrected.probabilityAtLeast(65)).toBeGreaterThan(0.85);
    expect(corrected.probabilityAtLeast(0)).toBeCloseTo(1, 9);
  });
});
