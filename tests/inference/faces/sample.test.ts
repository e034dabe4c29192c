import { describe, expect, it } from 'vitest';
import { sampleSquare } from '../../../src/inference/faces/sample.ts';
import { Pyramid } from '../../../src/inference/faces/pyramid.ts';

const identity = { a: 1, b: 0, shiftX: 0, shiftY: 0 };

function picture(width: number, height: number, level: (x: number, y: number) => number) {
  const gray = Uint8Array.from({ length: width * height }, (_, at) =>
    level(at % width, Math.floor(at / width)),
  );
  return new Pyramid({ width, height, gray });
}

describe('sampleSquare', () => {
  const slopes = picture(16, 16, (x, y) => 5 * x + 7 * y);

  it('returns the pixels themselves for the identity', () => {
    expect(sampleSquare(slopes, identity, 16, { level: 0 })).toEqual(slopes.base.gray);
  });

  it('turns a picture', () => {
    // A quarter turn clockwise: what was on top is on the right.
    const turned = sampleSquare(slopes, { a: 0, b: 1, shiftX: 16, shiftY: 0 }, 16, { level: 0 });
    for (let y = 0; y < 16; y += 1) {
      for (let x = 0; x < 16; x += 1) {
        expect(turned[y * 16 + x]).toBe(slopes.base.gray[(15 - x) * 16 + y]);
      }
    }
  });

  it.each([2, 4, 5, 8])('averages a pattern that %d-fold reduction cannot show', (times) => {
    const stripes = picture(128, 128, (x) => (x % 2) * 255);
    const scale = 1 / times;
    const side = Math.floor(128 / times);
    const reduced = sampleSquare(stripes, { ...identity, a: scale }, side, 'mirrored');
    for (const level of reduced) expect(Math.abs(level - 127.5)).toBeLessThan(12);
  });

  it('continues a picture mirrored', () => {
    const wide = sampleSquare(slopes, { ...identity, shiftX: 4, shiftY: 4 }, 24, 'mirrored');
    const { gray } = slopes.base;
    expect(wide[4 * 24 + 3]).toBe(gray[0]);
    expect(wide[4 * 24 + 0]).toBe(gray[3]);
    expect(wide[23 * 24 + 23]).toBe(gray[12 * 16 + 12]);
  });

  it('fills the outside with a level', () => {
    const wide = sampleSquare(slopes, { ...identity, shiftX: 4 }, 24, { level: 9 });
    expect([...wide.subarray(0, 3)]).toEqual([9, 9, 9]);
    expect(wide[23 * 24 + 10]).toBe(9);
  });
});
