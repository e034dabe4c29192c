import { describe, expect, it } from 'vitest';
import { augment } from '../../../src/training/augment.ts';
import { seededRandom } from '../../../src/random.ts';
import { recipeSchema } from '../../../src/training/recipe.ts';

const SIDE = 24;
const { augment: options } = recipeSchema.parse({});
const still = {
  ...options,
  maxRotationDegrees: 0,
  minScale: 1,
  maxScale: 1,
  maxShift: 0,
  maxShear: 0,
  maxContrast: 0,
  maxBrightness: 0,
  eraseProbability: 0,
};
const ramp = Uint8Array.from({ length: SIDE * SIDE }, (_, index) => (index % SIDE) * 10);

function augmented(seed: number, chosen = options): Float32Array {
  const target = new Float32Array(SIDE * SIDE);
  augment(ramp, SIDE, target, seededRandom(seed), chosen);
  return target;
}

describe('augment', () => {
  it('with nothing to change gives the photo or its mirror image, about equally often', () => {
    let mirrored = 0;
    for (let seed = 0; seed < 200; seed++) {
      const row = augmented(seed, still).subarray(0, SIDE);
      const rises = row[0]! < row[SIDE - 1]!;
      row.forEach((grey, x) => expect(grey).toBeCloseTo((rises ? x : SIDE - 1 - x) * 10, 1));
      if (!rises) mirrored++;
    }
    expect(mirrored).toBeGreaterThan(60);
    expect(mirrored).toBeLessThan(140);
  });

  it('stays within the grey levels and repeats for the same seed', () => {
    for (let seed = 0; seed < 50; seed++) {
      const once = augmented(seed);
      expect(Math.min(...once)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...once)).toBeLessThanOrEqual(255);
      expect(augmented(seed)).toEqual(once);
    }
  });

  it('erases a rectangle of one grey', () => {
    const erased = augmented(3, { ...still, eraseProbability: 1 });
    const plain = augmented(3, still);
    const changed = erased.filter((grey, index) => Math.abs(grey - plain[index]!) > 0.5);
    expect(changed.length).toBeGreaterThan(0);
    expect(new Set(changed).size).toBe(1);
  });
});
