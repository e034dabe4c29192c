import { describe, expect, it } from 'vitest';
import { drawFaceRgb } from '../../../src/drawing/draw-face.ts';
import { parseCrop, regionOf } from '../../../src/inference/preprocess/crop.ts';
import { fastJpeg } from '../../../src/inference/preprocess/fast-jpeg.ts';
import { readJpegHeader } from '../../../src/inference/preprocess/format/jpeg-header.ts';
import { preprocess, type PhotoCrop } from '../../../src/inference/preprocess/preprocess.ts';
import type { Region } from '../../../src/inference/preprocess/picture.ts';
import { encoder, limits, quarters, spec, withOrientation } from '../../support/pictures.ts';

const photo = { width: 300, height: 200 };
const wanted = (text: string, margin = 0): PhotoCrop => ({ crop: parseCrop(text), margin });
const region = (text: string, margin = 0) => regionOf(parseCrop(text), margin, photo);

describe('parseCrop', () => {
  it('reads numbers above 1 as pixels and others as fractions', () => {
    expect(parseCrop('10, 20,30,40').unit).toBe('pixels');
    expect(parseCrop('0,0,1,1').unit).toBe('fractions');
    expect(parseCrop('0.25,0.1,0.5,0.5').unit).toBe('fractions');
  });

  it('accepts fractions that add up to 1 within rounding', () => {
    expect(region('0.333333,0,0.666667,1')).toEqual({ left: 100, top: 0, width: 200, height: 200 });
  });

  it('reads the center, which is the largest square in the middle', () => {
    const crop = parseCrop('center');
    expect(crop).toEqual({ unit: 'center' });
    expect(regionOf(crop, 0, { width: 640, height: 480 })).toEqual({
      left: 80,
      top: 0,
      width: 480,
      height: 480,
    });
  });

  it.each([
    ['0.1234567890123,1e-7,0.5,.5', [0.1234567890123, 1e-7, 0.5, 0.5]],
    ['+10,-0.0,1E2,100.', [10, -0, 100, 100]],
    [`${1 / 3},${2 / 3},1e-12,${0.1 + 0.2}`, [1 / 3, 2 / 3, 1e-12, 0.1 + 0.2]],
  ])('reads numbers as programs print them: %s', (text, numbers) => {
    const { left, top, width, height } = parseCrop(text) as Region;
    expect([left, top, width, height]).toEqual(numbers);
  });

  it.each([
    '',
    '1,2,3',
    '1,2,3,4,5',
    '1,2,3,-4',
    '0,0,0,9',
    '1e9,0,9,9',
    'NaN,0,9,9',
    'Infinity,0,9,9',
    '0x10,0,9,9',
    `${'1'.repeat(50)},0,9,9`,
    '1 2,0,9,9',
    '.,0,9,9',
    'centre',
  ])('refuses "%s"', (text) => expect(() => parseCrop(text)).toThrow(/crop: /));
});

describe('regionOf', () => {
  it('returns whole pixels', () => {
    expect(region('10.4,20.6,99.3,50')).toEqual({ left: 10, top: 21, width: 100, height: 50 });
    expect(region('0.5,0.25,0.5,0.75')).toEqual({ left: 150, top: 50, width: 150, height: 150 });
  });

  it('widens the crop by the margin, up to the edges of the photo', () => {
    expect(region('100,50,100,100', 0.4)).toEqual({ left: 60, top: 10, width: 180, height: 180 });
    expect(region('0,0,100,100', 0.4)).toEqual({ left: 0, top: 0, width: 140, height: 140 });
    expect(region('200,100,100,100', 2)).toEqual({ left: 0, top: 0, width: 300, height: 200 });
  });

  it('cuts off what lies up to 2 % beyond the photo, as detectors place boxes', () => {
    const whole = { left: 0, top: 0, width: 300, height: 200 };
    expect(region('-6,-4,312,208')).toEqual(whole);
    expect(region('-0.02,-0.01,1.02,1.02')).toEqual(whole);
    expect(region('-0.5,0,300.7,200')).toEqual(whole);
    expect(region('200,100,104,103')).toEqual({ left: 200, top: 100, width: 100, height: 100 });
  });

  it.each([
    '0,0,307,200',
    '-7,0,200,200',
    '0,-5,100,100',
    '0,0,100,206',
    '0.6,0,0.5,1',
    '310,0,5,5',
  ])('refuses a crop that lies further outside the photo: %s', (text) =>
    expect(() => region(text)).toThrow(
      /the photo, turned upright, has 300×200 pixels\. At most 2 % may lie beyond it/,
    ),
  );

  it('refuses a crop of which nothing is left', () => {
    expect(() => region('300,0,4,4')).toThrow(/crop spans 300,0 to 304,4/);
  });
});

describe('preprocess of a crop', () => {
  it('gives the same pixels as a photo that was cropped beforehand', async () => {
    const face = drawFaceRgb({ age: 35, seed: 7, size: 300 });
    const box = { left: 33, top: 21, width: 151, height: 187 };
    const cut = await encoder(face).extract(box).png().toBuffer();
    const whole = await encoder(face).png().toBuffer();
    const { pixels, photo } = await preprocess(whole, spec, limits, wanted('33,21,151,187'));
    expect(pixels).toEqual((await preprocess(cut, spec, limits)).pixels);
    expect(photo).toEqual({ width: 151, height: 187, format: 'png' });
  });

  it('reads no pixel outside the crop', async () => {
    // Dark next to light: anything that enlarging blends in from the dark side would show in the first column.
    const file = await encoder(quarters(60, 60)).png().toBuffer();
    const { pixels } = await preprocess(file, spec, limits, wanted('30,0,30,30'));
    expect(new Set(pixels)).toEqual(new Set([100]));
  });

  it('of a large photo matches the cropped photo except for the reduced decoding', async () => {
    const face = drawFaceRgb({ age: 60, seed: 3, size: 1500 });
    const box = { left: 301, top: 97, width: 1001, height: 1001 };
    const cut = await encoder(face).extract(box).png().toBuffer();
    const whole = await encoder(face).png().toBuffer();
    const crop = await preprocess(whole, spec, limits, wanted('301,97,1001,1001'));
    const before = await preprocess(cut, spec, limits);
    const differences = Array.from(crop.pixels, (level, i) => Math.abs(level - before.pixels[i]!));
    expect(differences.reduce((a, b) => a + b) / differences.length).toBeLessThan(0.5);
  });

  /** How the quarters are displayed according to the EXIF standard. */
  it.each([
    [1, [40, 100, 160, 220]],
    [2, [100, 40, 220, 160]],
    [3, [220, 160, 100, 40]],
    [4, [160, 220, 40, 100]],
    [5, [40, 160, 100, 220]],
    [6, [160, 40, 220, 100]],
    [7, [220, 100, 160, 40]],
    [8, [100, 220, 40, 160]],
  ])('counts in the photo as displayed, with EXIF orientation %i', async (orientation, levels) => {
    const jpeg = withOrientation(await encoder(quarters(240, 160)).jpeg().toBuffer(), orientation);
    expect(fastJpeg(jpeg, readJpegHeader(jpeg)!)).toBe('quick');
    const stored = encoder(quarters(240, 160)).withMetadata({ orientation });
    const png = await stored.png().toBuffer();
    const crops = ['0,0,0.5,0.5', '0.5,0,0.5,0.5', '0,0.5,0.5,0.5', '0.5,0.5,0.5,0.5'];
    for (const file of [jpeg, png]) {
      for (const [quarter, crop] of crops.entries()) {
        const { pixels } = await preprocess(file, spec, limits, wanted(crop));
        const middle = pixels[60 * 120 + 60]!;
        expect(Math.abs(middle - levels[quarter]!)).toBeLessThanOrEqual(2);
      }
    }
  });
});
