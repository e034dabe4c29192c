import { centralInterval } from '../../../src/network/interval.ts';
import { describe, expect, it } from 'vitest';
import { expectedCalibrationError, figuresOf } from '../../../src/evaluation/figures.ts';
import { groupedFigures } from '../../../src/evaluation/grouped-figures.ts';
import { createAgeHead } from '../../../src/network/age-head.ts';
import { decadeBuckets } from '../../../src/network/buckets.ts';

const head = createAgeHead(
  {
    kind: 'age-distribution',
    minAge: 0,
    maxAge: 100,
    temperature: 1,
    interval: centralInterval,
  },
  decadeBuckets,
);

/** An estimate with the given probabilities at the given ages. */
function estimate(probabilities: Record<number, number>) {
  const output = new Float32Array(101);
  for (const [age, probability] of Object.entries(probabilities)) output[Number(age)] = probability;
  return head.interpret(output);
}

describe('figuresOf', () => {
  it('computes each figure from its definition', () => {
    const figures = figuresOf(
      [
        { age: 25, estimate: estimate({ 24: 0.5, 26: 0.5 }) },
        { age: 38, estimate: estimate({ 45: 1 }) },
        { age: 70, estimate: estimate({ 20: 1 }) },
        { age: 105, estimate: estimate({ 100: 1 }) },
      ],
      decadeBuckets,
    );
    expect(figures.count).toBe(4);
    expect(figures.mae).toBeCloseTo((0 + 7 + 50 + 5) / 4, 5);
    expect(figures.cs5).toBe(0.5);
    expect(figures.bucketAccuracy).toBe(0.5);
    expect(figures.withinOneBucket).toBe(0.75);
    expect(figures.ece).toBeCloseTo(0.5, 5);
    expect(figures.intervalCoverage).toBe(0.25);
  });
});

describe('expectedCalibrationError', () => {
  it('is the bin-weighted gap between confidence and accuracy', () => {
    const answers = [
      { confidence: 0.95, correct: true },
      { confidence: 0.95, correct: false },
      { confidence: 0.3, correct: false },
      { confidence: 0.3, correct: true },
    ];
    expect(expectedCalibrationError(answers)).toBeCloseTo(0.5 * 0.45 + 0.5 * 0.2, 10);
  });

  it('is zero for a calibrated set', () => {
    const answers = Array.from({ length: 10 }, (_, index) => ({
      confidence: 0.7,
      correct: index < 7,
    }));
    expect(expectedCalibrationError(answers)).toBeCloseTo(0, 10);
  });
});

describe('groupedFigures', () => {
  it('splits by age bucket and by each known group value', () => {
    const photo = (age: number, sex: string) => ({
      age,
      estimate: estimate({ [age]: 1 }),
      groups: { sex },
    });
    const { all, groups } = groupedFigures(
      [photo(5, '0'), photo(7, '1'), photo(95, '')],
      decadeBuckets,
    );
    expect(all.count).toBe(3);
    expect(Object.keys(groups.age!)).toEqual(['0-9', '90+']);
    expect(groups.age!['0-9']!.count).toBe(2);
    expect(Object.keys(groups.sex!)).toEqual(['0', '1']);
  });
});
