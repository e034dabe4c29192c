import { describe, expect, it } from 'vitest';
import { placeFramed } from '../../../../src/learning/training/batches/placement.ts';
import { augment } from '../../../../src/learning/training/batches/augment.ts';
import { seededRandom } from '../../../../src/common/random.ts';
import { completeRecipe } from '../../../../src/learning/training/recipe.ts';

const SIDE = 24;
const options = completeRecipe({}).augment!;
const still = {
  ...options,
  maxRotationDegrees: 0,
  minScale: 1,
  maxScale: 1,
  maxShift: 0,
  maxShear: 0,
  maxContrast: 0,
  maxBrightness: 0,
  blurProbability: 0,
  jpegProbability: 0,
  eraseProbability: 0,
};
const ramp = Uint8Array.from({ length: SIDE * SIDE }, (_, index) => (index % SIDE) * 10);

function augmented(seed: number, chosen = options): Float32Array {
  const target = new Float32Array(SIDE * SIDE);
  augment(
    { values: ramp, side: SIDE, inputSide: SIDE },
    { values: target, side: SIDE },
    seededRandom(seed),
    { options: chosen, place: placeFramed },
  );
  return target;
}

describe('augment', () => {
  it('returns the photo or its mirror image, equally often, if all other changes are off', () => {
    let mirrored = 0;
    for (let seed = 0; seed < 200; seed++) {
      const row = augmented(seed, still).subarray(0, SIDE);
      const rises = row[0]! < row[SIDE - 1]!;
      row.forEach((gray, x) => expect(gray).toBeCloseTo((rises ? x : SIDE - 1 - x) * 10, 1));
      if (!rises) mirrored++;
    }
    expect(mirrored).toBeGreaterThan(60);
    expect(mirrored).toBeLessThan(140);
  });

  it('stays within 0 to 255 and is reproducible with the same seed', () => {
    for (let seed = 0; seed < 50; seed++) {
      const once = augmented(seed);
      expect(Math.min(...once)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...once)).toBeLessThanOrEqual(255);
      expect(augmented(seed)).toEqual(once);
    }
  });

  it('fills a rectangle with one gray level', () => {
    const erased = augmented(3, { ...still, eraseProbability: 1 });
    const plain = augmented(3, still);
    const changed = erased.filter((gray, index) => Math.abs(gray - plain[index]!) > 0.5);
    expect(changed.length).toBeGreaterThan(0);
    expect(new Set(changed).size).toBe(1);
  });

  it('scales the whole photo down to a smaller target', () => {
    const values = new Float32Array(8 * 8);
    augment({ values: ramp, side: SIDE, inputSide: SIDE }, { values, side: 8 }, seededRandom(1), {
      options: still,
      place: placeFramed,
    });
    const row = [...values.subarray(0, 8)].toSorted((a, b) => a - b);
    expect(row[0]).toBeLessThan(15);
    expect(row[7]).toBeGreaterThan(215);
    row.slice(1).forEach((gray, x) => expect(gray - row[x]!).toBeCloseTo(row[1]! - row[0]!, 0));
  });

  it('reduces the contrast between neighbors and keeps the mean when it blurs', () => {
    const checks = Uint8Array.from({ length: SIDE * SIDE }, (_, at) =>
      (at + Math.floor(at / SIDE)) % 2 === 0 ? 40 : 200,
    );
    const values = new Float32Array(SIDE * SIDE);
    const target = { values, side: SIDE };
    const blurring = { ...still, blurProbability: 1 };
    augment({ values: checks, side: SIDE, inputSide: SIDE }, target, seededRandom(2), {
      options: blurring,
      place: placeFramed,
    });
    expect(Math.max(...values) - Math.min(...values)).toBeLessThan(120);
    expect(values.reduce((sum, gray) => sum + gray, 0) / values.length).toBeCloseTo(120, 0);
  });

  it('changes pixels slightly with JPEG compression', () => {
    const before = augmented(4, still);
    const after = augmented(4, { ...still, jpegProbability: 1 });
    const differences = after.map((gray, at) => Math.abs(gray - before[at]!));
    expect(Math.max(...differences)).toBeGreaterThan(0.6);
    expect(differences.reduce((sum, one) => sum + one, 0) / differences.length).toBeLessThan(12);
  });
});
