import { afterAll, describe, expect, it } from 'vitest';
import { Cancellation } from '../../../src/common/cancellation.ts';
import { drawFaceJpeg, drawFaceRgb } from '../../../src/drawing/draw-face.ts';
import { DecodePool } from '../../../src/inference/decoding/child/decode-pool.ts';
import type { BudgetUse } from '../../../src/inference/decoding/decode-budget.ts';
import { GuardedPreprocess } from '../../../src/inference/decoding/guarded-preprocess.ts';
import { preprocess } from '../../../src/inference/preprocess/preprocess.ts';
import { encoder, limits, paint, sixteenBit, spec, withHoles } from '../../support/pictures.ts';

const face = drawFaceRgb({ age: 35, seed: 7, size: 500 });
const uses: BudgetUse[] = [];
const options = { memoryBytes: 256_000_000, maxCpuMs: 5000, deadlineMs: 10_000 };
const guarded = new GuardedPreprocess({ ...options, onBudget: (use) => uses.push(use) });
const pool = new DecodePool({ maxCpuMs: 5000 });

afterAll(() => Promise.all([guarded.close(), pool.close()]));

const crop = {
  crop: { unit: 'fractions', left: 0.2, top: 0.3, width: 0.5, height: 0.4 },
  margin: 0.1,
} as const;
const holes = withHoles(face, (x, y) => (x + y) % 7 === 0);

describe('guarded preprocessing', () => {
  it.each([
    ['a small JPEG', () => drawFaceJpeg({ age: 35, seed: 7 })],
    ['a JPEG of the thread pool', () => drawFaceJpeg({ age: 35, seed: 7, size: 700 })],
    ['a progressive JPEG', () => encoder(face).jpeg({ progressive: true }).toBuffer()],
    ['a CMYK JPEG', () => encoder(face).toColourspace('cmyk').jpeg().toBuffer()],
    ['a PNG', () => encoder(face).png().toBuffer()],
    ['a PNG of 16 bits', () => sixteenBit(face).png({ progressive: true }).toBuffer()],
    ['a PNG with holes', () => encoder(holes).png().toBuffer()],
    ['a WebP', () => encoder(face).webp().toBuffer()],
    ['a GIF', () => encoder(face).gif().toBuffer()],
    ['a TIFF', () => encoder(face).tiff({ compression: 'lzw' }).toBuffer()],
    ['an AVIF', () => encoder(face).avif({ effort: 0 }).toBuffer()],
  ])('gives the pixels of the plain one for %s', async (_, make) => {
    const file = await make();
    for (const part of [undefined, crop]) {
      const expected = await preprocess(file, spec, limits, part);
      const actual = await guarded.preprocess(file, spec, limits, part);
      expect(actual.photo).toEqual(expected.photo);
      expect(Buffer.compare(actual.pixels, expected.pixels)).toBe(0);
    }
  });

  it('passes on the faults of a photo that the child refuses', async () => {
    const png = await encoder(face).png().toBuffer();
    const cut = guarded.preprocess(png.subarray(0, png.length / 2), spec, limits);
    await expect(cut).rejects.toMatchObject({ name: 'ServiceError', code: 'image_undecodable' });
    const narrow = encoder(paint(15, 40, () => [0, 0, 0])).png();
    const tiny = guarded.preprocess(await narrow.toBuffer(), spec, limits);
    await expect(tiny).rejects.toMatchObject({ code: 'image_too_small' });
  });

  it('returns the budget when a photo has been decoded or refused', async () => {
    await guarded.preprocess(await encoder(face).png().toBuffer(), spec, limits);
    expect(uses.some(({ usedBytes }) => usedBytes > 0)).toBe(true);
    expect(uses.at(-1)).toEqual({ usedBytes: 0, waitingBytes: 0 });
  });

  it('rejects an abandoned request at once and keeps its share until the work has ended', async () => {
    const png = await encoder(drawFaceRgb({ age: 35, seed: 7, size: 1500 }))
      .png()
      .toBuffer();
    const signal = new Cancellation();
    const answer = guarded.preprocess(png, spec, limits, undefined, signal);
    signal.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
    expect(uses.at(-1)!.usedBytes).toBeGreaterThan(0);
    await expect.poll(() => uses.at(-1)!.usedBytes, { timeout: 10_000 }).toBe(0);
  });
});

describe('a small file that is expensive to decode', () => {
  const flat = paint(1600, 1200, () => [120, 120, 120]);
  const tight = { ...options, memoryBytes: 16_000_000 };

  it.each([
    ['interlaced PNG', () => sixteenBit(flat).png({ progressive: true }).toBuffer()],
    [
      'progressive CMYK JPEG',
      () =>
        encoder(flat)
          .toColourspace('cmyk')
          .jpeg({ progressive: true, chromaSubsampling: '4:4:4' })
          .toBuffer(),
    ],
    ['GIF', () => encoder(flat).gif({ effort: 1 }).toBuffer()],
    [
      'TIFF of one tile',
      () =>
        encoder(flat)
          .tiff({ compression: 'deflate', tile: true, tileWidth: 1600, tileHeight: 1200 })
          .toBuffer(),
    ],
  ])('is refused by its header: %s', async (_, make) => {
    const file = await make();
    expect(file.length).toBeLessThan(300_000);
    const strict = new GuardedPreprocess(tight);
    await expect(strict.preprocess(file, spec, limits)).rejects.toMatchObject({
      code: 'decoding_too_costly',
      status: 413,
    });
  });

  it('has its process killed if its header lies, and the next photo is decoded', async () => {
    const large = paint(3000, 3000, () => [120, 120, 120]);
    const file = await sixteenBit(large).png({ progressive: true }).toBuffer();
    const task = { file, spec, limits, crop: undefined };
    const answer = pool.decode(task, { memoryBytes: 1, cpuMs: 1 });
    await expect(answer).rejects.toMatchObject({ code: 'decoding_too_costly' });
    const small = { ...task, file: await encoder(face).png().toBuffer() };
    const decoded = await pool.decode(small, { memoryBytes: 50_000_000, cpuMs: 1000 });
    expect(decoded.photo).toEqual({ width: 500, height: 500, format: 'png' });
  });
});
