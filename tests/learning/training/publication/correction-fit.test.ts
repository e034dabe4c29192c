import { describe, expect, it } from 'vitest';
import { createAgeHead } from '../../../../src/inference/head/age-head.ts';
import { decadeBuckets } from '../../../../src/inference/head/buckets.ts';
import { labelDistribution } from '../../../../src/learning/training/batches/targets.ts';
import { calibratedHead } from '../../../../src/learning/training/publication/calibrated-head.ts';
import {
  crossValidateCorrection,
  fitCorrection,
} from '../../../../src/learning/training/publication/correction-fit.ts';

/** A network that calls people from 20 on the younger the older they are: 70 is 60. */
const perceived = (age: number) => Math.round(age <= 20 ? age : 20 + (age - 20) * 0.8);
const photos = Array.from({ length: 100 }, (_, index) => {
  const age = 20 + ((index * 37) % 66);
  return { age, output: labelDistribution(perceived(age) + (index % 3) - 1) };
});

function errorAt(age: number, strength: number): number {
  const correction = fitCorrection(photos, 1, strength);
  const head = createAgeHead(calibratedHead({ correction }), [...decadeBuckets]);
  return head.interpret(labelDistribution(perceived(age))).mean - age;
}

describe('the correction of ages', () => {
  it('takes back an error that grows with age', () => {
    for (const age of [30, 50, 70, 80]) expect(Math.abs(errorAt(age, 1))).toBeLessThan(1.5);
    expect(errorAt(70, 0)).toBeCloseTo(-10, 0);
  });

  it('is applied by its strength', () => {
    expect(errorAt(70, 0.5)).toBeGreaterThan(-7);
    expect(errorAt(70, 0.5)).toBeLessThan(-3);
  });

  it('leaves ages where they are that no photo shows', () => {
    const old = photos.filter(({ age }) => age > 60);
    const [first] = fitCorrection(old, 1, 1);
    expect(Math.abs(first!.to - first!.from)).toBeLessThan(0.5);
  });

  it('changes nothing where the ages are right', () => {
    const right = photos.map(({ age }) => ({ age, output: labelDistribution(age) }));
    for (const { from, to } of fitCorrection(right, 1, 1))
      expect(Math.abs(to - from)).toBeLessThan(1);
  });

  it('is measured on photos that it was not fitted on', () => {
    const figures = crossValidateCorrection(photos, 1, 1);
    expect(figures.correctionPhotos).toBe(100);
    expect(figures.uncorrectedBias).toBeLessThan(-5);
    expect(Math.abs(figures.correctedBias)).toBeLessThan(0.5);
    expect(figures.correctedMae).toBeLessThan(1.5);
    // Labels at random cannot be learned from the other photos.
    const random = photos.map((photo, index) => ({ ...photo, age: 20 + ((index * 53) % 66) }));
    const chance = crossValidateCorrection(random, 1, 1);
    expect(chance.correctedMae).toBeGreaterThan(12);
  });
});
