import { describe, expect, it } from 'vitest';
import { drawFaceJpeg, drawFaceRgb } from '../../src/drawing/draw-face.ts';
import { uniform, mulberry32 } from '../../src/common/random.ts';
import { preprocess } from '../../src/inference/preprocess/preprocess.ts';
import { limits, spec } from '../support/pictures.ts';

/** The mean difference of two pictures, in levels. */
function distance(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, level, i) => sum + Math.abs(level - b[i]!), 0) / a.length;
}

describe('drawFaceRgb', () => {
  it('draws the same face for the same age and seed', () => {
    expect(drawFaceRgb({ age: 40, seed: 4 })).toEqual(drawFaceRgb({ age: 40, seed: 4 }));
  });

  it('draws different people for different seeds', () => {
    const faces = [1, 2, 3].map((seed) => drawFaceRgb({ age: 40, seed }).rgb);
    expect(distance(faces[0]!, faces[1]!)).toBeGreaterThan(10);
    expect(distance(faces[1]!, faces[2]!)).toBeGreaterThan(10);
  });

  it('ages a person smoothly: every decade shows, and no year is a jump', () => {
    for (const seed of [1, 2, 3]) {
      const at = (age: number) => drawFaceRgb({ age, seed, size: 100 }).rgb;
      for (let age = 0; age < 90; age += 10) {
        expect(distance(at(age), at(age + 10))).toBeGreaterThan(0.5);
        expect(distance(at(age), at(age + 1))).toBeLessThan(10);
      }
    }
  });

  it('draws any age without an error', () => {
    for (const age of [0, 0.5, 120]) {
      const { rgb } = drawFaceRgb({ age, seed: 1, size: 64 });
      expect(rgb.length).toBe(64 * 64 * 3);
      expect(new Set(rgb).size).toBeGreaterThan(50);
    }
  });
});

describe('drawFaceJpeg', () => {
  it('produces a photo that preprocessing can read', async () => {
    const { photo, pixels } = await preprocess(drawFaceJpeg({ age: 8, seed: 2 }), spec, limits);
    expect(photo).toEqual({ width: 200, height: 200, format: 'jpeg' });
    expect(new Set(pixels).size).toBeGreaterThan(100);
  });
});

describe('mulberry32', () => {
  it('is uniform and repeatable', () => {
    const [a, b] = [mulberry32(1), mulberry32(1)];
    const draws = Array.from({ length: 10_000 }, () => a());
    expect(draws.slice(0, 5)).toEqual([b(), b(), b(), b(), b()]);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = draws.filter((value) => Math.floor(value * 10) === tenth).length;
      expect(Math.abs(share - 1000)).toBeLessThan(150);
    }
  });

  it('scales to a range', () => {
    expect(uniform(() => 0.25, 10, 30)).toBe(15);
  });
});
