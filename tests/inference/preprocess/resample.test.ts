import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cover, coverInSlices, SLICE_PIXELS } from '../../../src/inference/preprocess/resample.ts';
import type { GrayPicture } from '../../../src/inference/preprocess/picture.ts';
import { scratchPicture } from '../../../src/inference/preprocess/kernel.ts';
import { coverPlan } from '../../../src/inference/preprocess/resample-plan.ts';
import type { Size } from '../../../src/inference/preprocess/spec.ts';

const side = fc.integer({ min: 16, max: 90 });
const targetSide = fc.integer({ min: 8, max: 40 });
const target = fc.record({ width: targetSide, height: targetSide });
const picture = fc.record({ width: side, height: side, seed: fc.integer() }).map(noise);

function noise({ width, height, seed }: Size & { seed: number }): GrayPicture {
  const gray = Uint8Array.from({ length: width * height }, (_, i) => {
    return Math.imul((i + 1) ^ seed, 0x9e3779b1) >>> 24;
  });
  return { width, height, gray, shortfall: 0 };
}

function mirrored({ width, height, gray, shortfall }: GrayPicture): GrayPicture {
  const mirror = gray.map((_, i) => gray[i - (i % width) + width - 1 - (i % width)]!);
  return { width, height, gray: mirror, shortfall };
}

/** The plain definition: every source pixel is weighted for every output pixel. */
function naive(source: GrayPicture, target: Size): number[] {
  const scale = Math.min(source.width / target.width, source.height / target.height);
  const weightsAt = (i: number, inputs: number, outputs: number) => {
    const center = inputs / 2 + (i + 0.5 - outputs / 2) * scale;
    const support = Math.max(1, scale);
    const raw = Array.from({ length: inputs }, (_, k) => {
      return Math.max(0, 1 - Math.abs(k + 0.5 - center) / support);
    });
    const sum = raw.reduce((a, b) => a + b);
    return raw.map((weight) => weight / sum);
  };
  return Array.from({ length: target.width * target.height }, (_, i) => {
    const across = weightsAt(i % target.width, source.width, target.width);
    const down = weightsAt(Math.floor(i / target.width), source.height, target.height);
    let level = 0;
    source.gray.forEach((gray, at) => {
      level += gray * across[at % source.width]! * down[Math.floor(at / source.width)]!;
    });
    return level;
  });
}

describe('cover', () => {
  it('matches the definition of the triangle kernel, rounded to nearest within a fiftieth of a level', () => {
    const small = fc.integer({ min: 16, max: 40 });
    const source = fc.record({ width: small, height: small, seed: fc.integer() }).map(noise);
    const smallTarget = fc.record({
      width: fc.integer({ min: 8, max: 24 }),
      height: fc.integer({ min: 8, max: 24 }),
    });
    fc.assert(
      fc.property(source, smallTarget, (source, target) => {
        const output = cover(source, target);
        const wrong = naive(source, target).filter(
          (level, i) => Math.abs(level - output[i]!) > 0.52,
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps a constant picture constant, even black and white', () => {
    fc.assert(
      fc.property(
        side,
        side,
        target,
        fc.constantFrom(0, 1, 77, 254, 255),
        (w, h, target, level) => {
          const gray = new Uint8Array(w * h).fill(level);
          const output = cover({ width: w, height: h, gray, shortfall: 0 }, target);
          expect(output.every((value) => value === level)).toBe(true);
        },
      ),
    );
  });

  it('stays within the range of its input', () => {
    fc.assert(
      fc.property(picture, target, (picture, target) => {
        const output = cover(picture, target);
        expect(Math.min(...output)).toBeGreaterThanOrEqual(Math.min(...picture.gray));
        expect(Math.max(...output)).toBeLessThanOrEqual(Math.max(...picture.gray));
      }),
    );
  });

  it('maps a mirrored picture to the mirrored result', () => {
    fc.assert(
      fc.property(picture, target, (picture, target) => {
        const there = cover(mirrored(picture), target);
        const back = mirrored({ ...target, gray: there, shortfall: 0 }).gray;
        const straight = cover(picture, target);
        // Sums in another order may round to the other side of a half.
        expect(back.every((level, i) => Math.abs(level - straight[i]!) <= 1)).toBe(true);
      }),
    );
  });

  it('copies a picture of the right size', () => {
    const source = noise({ width: 24, height: 16, seed: 3 });
    expect(cover(source, { width: 24, height: 16 })).toEqual(source.gray);
  });

  it('compensates for a decoder that rounds down', () => {
    const size = { width: 120, height: 120 };
    const exact = noise({ width: 200, height: 200, seed: 1 });
    const meanOf = (pixels: Uint8Array) => pixels.reduce((a, b) => a + b, 0) / pixels.length;
    const gain = meanOf(cover({ ...exact, shortfall: 0.477 }, size)) - meanOf(cover(exact, size));
    expect(gain).toBeCloseTo(0.477, 1);
  });

  it('compensates without overflowing at white or lifting black', () => {
    const gray = new Uint8Array(32 * 32).fill(255).fill(0, 0, 32 * 16);
    const output = cover({ width: 32, height: 32, gray, shortfall: 0.49 }, { width: 8, height: 8 });
    expect([output[0], output.at(-1)]).toEqual([0, 255]);
  });

  it('crops equal parts off both ends', () => {
    const gray = Uint8Array.from({ length: 96 * 32 }, (_, i) => {
      const x = i % 96;
      return x < 28 || x >= 68 ? 0 : 200;
    });
    const output = cover({ width: 96, height: 32, gray, shortfall: 0 }, { width: 32, height: 32 });
    expect(output.every((level) => level === 200)).toBe(true);
  });
});

describe('resampleRows', () => {
  it("gives the same result for a picture in the kernel's memory as for a copy elsewhere", () => {
    const elsewhere = noise({ width: 201, height: 163, seed: 5 });
    const target = { width: 37, height: 41 };
    const apart = cover(elsewhere, target);
    const scratch = scratchPicture();
    scratch.set(elsewhere.gray);
    expect(cover({ ...elsewhere, gray: scratch }, target)).toEqual(apart);
  });

  it('is not affected by earlier pictures of other sizes in the memory', () => {
    const small = noise({ width: 33, height: 29, seed: 1 });
    const large = noise({ width: 1900, height: 1700, seed: 2 });
    const target = { width: 24, height: 24 };
    const before = cover(small, target);
    cover(large, { width: 120, height: 90 });
    expect(cover(small, target)).toEqual(before);
  });
});

describe('coverInSlices', () => {
  it('gives the same result as one pass', async () => {
    const width = 1000;
    const source = noise({ width, height: Math.ceil((2.5 * SLICE_PIXELS) / width), seed: 9 });
    const target = { width: 50, height: 37 };
    expect(await coverInSlices(source, target)).toEqual(cover(source, target));
  });

  it('gives the same result with more slices than rows', async () => {
    const width = 1500;
    const source = noise({ width, height: Math.ceil((4.5 * SLICE_PIXELS) / width), seed: 9 });
    const target = { width: 4, height: 2 };
    expect(await coverInSlices(source, target)).toEqual(cover(source, target));
  });
});

describe('coverPlan', () => {
  it('refuses pictures smaller than its kernel', () => {
    const tiny = { width: 3, height: 3 };
    expect(() => coverPlan(tiny, { width: 8, height: 8 })).toThrow(RangeError);
  });

  it('is made once per pair of sizes', () => {
    const source = { width: 61, height: 47 };
    const target = { width: 20, height: 20 };
    expect(coverPlan(source, target)).toBe(coverPlan({ ...source }, { ...target }));
  });
});
