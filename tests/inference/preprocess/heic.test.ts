import { afterAll, describe, expect, it } from 'vitest';
import { GuardedPreprocess } from '../../../src/inference/decoding/guarded-preprocess.ts';
import { readHeader } from '../../../src/inference/decoding/header/read-header.ts';
import { drawFaceRgb } from '../../../src/drawing/draw-face.ts';
import { preprocess } from '../../../src/inference/preprocess/preprocess.ts';
import { reencodePhoto } from '../../../src/inference/preprocess/reencode.ts';
import { rec601Luma } from '../../../src/inference/preprocess/picture.ts';
import { heicPhoto } from '../../support/heic/heic-photo.ts';
import { encoder, limits, spec } from '../../support/pictures.ts';

const [width, height] = [320, 256];
const drawn = drawFaceRgb({ age: 35, seed: 7, size: width });
const gray = rec601Luma(drawn.rgb, 3).slice(0, width * height);
const picture = { width, height, gray };
const asRgb = {
  width,
  height,
  rgb: gray.reduce(
    (rgb, value, at) => rgb.fill(value, 3 * at, 3 * at + 3),
    new Uint8Array(3 * gray.length),
  ),
};

const guarded = new GuardedPreprocess({
  memoryBytes: 256_000_000,
  maxCpuMs: 5000,
  deadlineMs: 10_000,
});
afterAll(() => guarded.close());

/** Largest difference of two pictures in gray levels. */
const apart = (one: Uint8Array, other: Uint8Array) =>
  one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at]!)), 0);

describe('a HEIC photo', () => {
  it('gives the pixels of the same picture as PNG', async () => {
    const png = await preprocess(await encoder(asRgb).png().toBuffer(), spec, limits);
    const heic = await preprocess(heicPhoto(picture), spec, limits);
    expect(heic.photo).toEqual({ width, height, format: 'heic' });
    expect(apart(heic.pixels, png.pixels)).toBeLessThanOrEqual(1);
  });

  it('is turned as its file says', async () => {
    const turned = encoder(asRgb).rotate(-90);
    const png = await preprocess(await turned.png().toBuffer(), spec, limits);
    const heic = await preprocess(heicPhoto(picture, { quarterTurns: 1 }), spec, limits);
    expect(heic.photo).toMatchObject({ width: height, height: width });
    expect(apart(heic.pixels, png.pixels)).toBeLessThanOrEqual(1);
  });

  it('is decoded in a process of its own, within the budgets, and in part', async () => {
    const crop = {
      crop: { unit: 'pixels', left: 32, top: 16, width: 200, height: 200 },
      margin: 0,
    } as const;
    const file = heicPhoto(picture);
    const expected = await preprocess(file, spec, limits, crop);
    expect(await guarded.preprocess(file, spec, limits, crop)).toEqual(expected);
  });

  it('is encoded again as JPEG', async () => {
    const jpeg = await reencodePhoto(heicPhoto(picture), { maxSide: 160 }, limits);
    expect(jpeg).toMatchObject({ width: 160, height: 128 });
  });

  it('has the cost of its size in its header', () => {
    const { cost, ...header } = readHeader(heicPhoto(picture, { quarterTurns: 3 }));
    expect(header).toEqual({ width: height, height: width, orientation: 1, format: 'heic' });
    const stated = { width: 20_000, height: 20_000 };
    const large = readHeader(heicPhoto(picture, { stated })).cost;
    expect(large.memoryBytes - cost.memoryBytes).toBeGreaterThan(4 * 20_000 * 20_000);
  });

  it('is refused before it is decoded where its header says that it takes too much', async () => {
    const stated = { width: 6000, height: 6000 };
    const refused = guarded.preprocess(heicPhoto(picture, { stated }), spec, limits);
    await expect(refused).rejects.toMatchObject({ code: 'decoding_too_costly', status: 413 });
  });

  it.each([
    [{ itemType: 'av01' }, /^A HEIF picture in AV1 is not read; send an ordinary JPEG or PNG/],
    [{ itemType: 'abcd' }, /^A HEIF picture in another codec is not read/],
    [{ brand: 'heim' }, /^A HEIF file of this brand is not read/],
  ])(
    'of a kind that the decoder does not know is named instead of called damaged: %o',
    async (options, message) => {
      const file = heicPhoto(picture, options);
      for (const answer of [
        preprocess(file, spec, limits),
        guarded.preprocess(file, spec, limits),
      ]) {
        await expect(answer).rejects.toMatchObject({ code: 'unsupported_image_format' });
        await expect(answer).rejects.toThrow(message);
      }
    },
  );

  it.each([100, 300, 400, 40_000])('that is cut after %i bytes is damaged', async (bytes) => {
    const cut = heicPhoto(picture).subarray(0, bytes);
    await expect(guarded.preprocess(cut, spec, limits)).rejects.toMatchObject({
      code: 'image_undecodable',
    });
  });
});
