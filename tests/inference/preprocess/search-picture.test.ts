import { describe, expect, it } from 'vitest';
import { readWorkingPicture, searchSpec } from '../../../src/inference/face-detector.ts';
import { pictureSizeOf } from '../../../src/inference/preprocess/spec.ts';
import { encoder, limits, paint, quarters } from '../../support/pictures.ts';

describe('the picture in which faces are searched', () => {
  it('has the shape of the photo, at most the given side, and is never enlarged', () => {
    expect(pictureSizeOf(searchSpec(), { width: 4000, height: 3000 })).toEqual({
      width: 640,
      height: 480,
    });
    expect(pictureSizeOf(searchSpec(), { width: 200, height: 300 })).toEqual({
      width: 200,
      height: 300,
    });
  });

  it('shows the photo as displayed, whatever decodes it', async () => {
    const photo = encoder(quarters(1300, 900));
    for (const file of [await photo.jpeg().toBuffer(), await photo.webp().toBuffer()]) {
      const { pyramid, scale } = await readWorkingPicture(file, limits);
      const { width, height, gray } = pyramid.base;
      expect({ width, height }).toEqual({ width: 640, height: 443 });
      expect(scale).toBeCloseTo(1300 / 640);
      const level = (x: number, y: number) =>
        gray[Math.round(y * height) * width + Math.round(x * width)]!;
      expect(level(0.75, 0.25) - level(0.25, 0.25)).toBeGreaterThan(50);
      expect(level(0.25, 0.75) - level(0.25, 0.25)).toBeGreaterThan(100);
    }
  });

  it('begins at the crop', async () => {
    const file = await encoder(quarters(800, 600)).png().toBuffer();
    const crop = { unit: 'pixels', left: 300, top: 200, width: 400, height: 300 } as const;
    const picture = await readWorkingPicture(file, limits, 640, { crop, margin: 0 });
    expect(picture.origin).toEqual({ left: 300, top: 200 });
    expect(picture.pyramid.base).toMatchObject({ width: 400, height: 300 });
  });

  it.each([
    [17, 9000],
    [9000, 17],
    [16, 30_000],
  ])('is made of a strip of %i×%i pixels, too', async (width, height) => {
    const strip = encoder(paint(width, height, () => [90, 90, 90]));
    for (const file of [await strip.png().toBuffer(), await strip.jpeg().toBuffer()]) {
      const { pyramid } = await readWorkingPicture(file, limits);
      expect(Math.min(pyramid.base.width, pyramid.base.height)).toBe(8);
    }
  });
});
