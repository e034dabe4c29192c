import { describe, expect, it } from 'vitest';
import { drawFaceRgb, encodeJpeg } from '../../../src/drawing/draw-face.ts';
import { fastJpeg } from '../../../src/inference/preprocess/fast-jpeg.ts';
import { readJpegHeader } from '../../../src/inference/preprocess/format/jpeg-header.ts';
import {
  exifOrientation,
  applyOrientation,
  toOrientation,
} from '../../../src/inference/preprocess/orientation.ts';
import { preprocess } from '../../../src/inference/preprocess/preprocess.ts';
import { sharp } from '../../../src/inference/preprocess/sharp-image.ts';
import {
  encoder,
  limits,
  quarterLevels,
  quarters,
  spec,
  withOrientation,
} from '../../support/pictures.ts';

/** How the stored quarters 40 100 / 160 220 are displayed according to the EXIF standard. */
const displayed: [number, number[]][] = [
  [1, [40, 100, 160, 220]],
  [2, [100, 40, 220, 160]],
  [3, [220, 160, 100, 40]],
  [4, [160, 220, 40, 100]],
  [5, [40, 160, 100, 220]],
  [6, [160, 40, 220, 100]],
  [7, [220, 100, 160, 40]],
  [8, [100, 220, 40, 160]],
];

describe.each(displayed)('EXIF orientation %i', (orientation, levels) => {
  const turned = orientation >= 5;

  it('turns a JPEG on the fast path', async () => {
    const plain = await encoder(quarters(240, 180)).jpeg().toBuffer();
    const file = withOrientation(plain, orientation);
    expect(fastJpeg(file, readJpegHeader(file)!)).toBe('quick');
    const { pixels, photo } = await preprocess(file, spec, limits);
    quarterLevels(pixels).forEach((level, i) => {
      expect(Math.abs(level - levels[i]!)).toBeLessThanOrEqual(2);
    });
    expect([photo.width, photo.height]).toEqual(turned ? [180, 240] : [240, 180]);
  });

  it.each(['jpeg', 'png', 'webp', 'tiff'] as const)('turns a %s', async (format) => {
    const stored = encoder(quarters(240, 180)).withMetadata({ orientation });
    const file = await stored.toFormat(format, { quality: 95 }).toBuffer();
    const { pixels, photo } = await preprocess(file, spec, limits);
    quarterLevels(pixels).forEach((level, i) => {
      expect(Math.abs(level - levels[i]!)).toBeLessThanOrEqual(2);
    });
    expect(photo).toEqual({ width: turned ? 180 : 240, height: turned ? 240 : 180, format });
  });

  it('turns a photo too large for the fast path', async () => {
    const stored = encoder(quarters(1600, 1200)).withMetadata({ orientation });
    const { pixels } = await preprocess(await stored.jpeg().toBuffer(), spec, limits);
    quarterLevels(pixels).forEach((level, i) => {
      expect(Math.abs(level - levels[i]!)).toBeLessThanOrEqual(2);
    });
  });
});

describe('an oblong target', () => {
  it('is filled after turning', async () => {
    const file = await encoder(quarters(200, 200))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const oblong = { ...spec, width: 40, height: 80 };
    const { pixels } = await preprocess(file, oblong, limits);
    expect(pixels).toHaveLength(40 * 80);
    const levels = [pixels[0]!, pixels[39]!, pixels[79 * 40]!, pixels[79 * 40 + 39]!];
    [160, 40, 220, 100].forEach((level, i) => {
      expect(Math.abs(levels[i]! - level)).toBeLessThanOrEqual(2);
    });
  });
});

describe('applyOrientation', () => {
  it('returns the original picture when its inverse follows', () => {
    const size = { width: 5, height: 3 };
    const picture = Uint8Array.from({ length: 15 }, (_, i) => i);
    const inverse = [1, 2, 3, 4, 5, 8, 7, 6];
    inverse.forEach((back, i) => {
      const there = toOrientation(i + 1);
      const turnedSize = there >= 5 ? { width: 3, height: 5 } : size;
      const turned = applyOrientation(picture, size, there);
      expect(applyOrientation(turned, turnedSize, toOrientation(back))).toEqual(picture);
    });
  });
});

describe('exifOrientation', () => {
  const bigEndian = Buffer.from(
    '4d4d002a00000008' + '0001' + '0112000300000001' + '00060000',
    'hex',
  );

  it('reads both byte orders', () => {
    const littleEndian = Buffer.from(
      '49492a0008000000' + '0100' + '1201030001000000' + '06000000',
      'hex',
    );
    expect(exifOrientation(bigEndian)).toBe(6);
    expect(exifOrientation(littleEndian)).toBe(6);
  });

  it('reads damaged, foreign or missing data as "as stored"', () => {
    for (let cut = 0; cut < bigEndian.length - 2; cut++) {
      expect(exifOrientation(bigEndian.subarray(0, cut))).toBe(1);
    }
    const nonsense = Buffer.from(bigEndian);
    nonsense.writeUInt16BE(9, 18);
    expect(exifOrientation(nonsense)).toBe(1);
    expect(exifOrientation(Buffer.from('XX and more of no meaning'))).toBe(1);
  });

  it('skips an entry of an unknown type, as libexif does', () => {
    const head = '4d4d002a00000008' + '0002';
    const unknown = '0112' + '00f0' + '00000005' + '0000001a';
    const known = '0112' + '0003' + '00000001' + '00020000' + '00000000';
    expect(exifOrientation(Buffer.from(head + unknown + known, 'hex'))).toBe(2);
  });

  it.each([
    [9, 2],
    [10, 1],
  ])('reads an entry of %i values as libvips does', async (count, orientation) => {
    const block = Buffer.alloc(26 + 2 * count);
    block.write('4d4d002a00000008' + '0001' + '0112' + '0003', 'hex');
    block.writeUInt32BE(count, 14);
    block.writeUInt32BE(26, 18);
    for (let at = 26; at < block.length; at += 2) block.writeUInt16BE(2, at);
    expect(exifOrientation(block)).toBe(orientation);
    const exif = Buffer.concat([Buffer.from('Exif\0\0'), block]);
    const segment = Buffer.concat([Buffer.of(0xff, 0xe1, 0, exif.length + 2), exif]);
    const jpeg = encodeJpeg(drawFaceRgb({ age: 30, seed: 5 }), 80);
    const file = Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
    expect((await sharp(file).metadata()).orientation).toBe(orientation);
  });

  it('never prevents a JPEG from being decoded', async () => {
    const jpeg = encodeJpeg(drawFaceRgb({ age: 30, seed: 5 }), 80);
    const exif = Buffer.from('Exif\0\0MM\0*\xff\xff\xff\xff', 'latin1');
    const segment = Buffer.concat([Buffer.of(0xff, 0xe1, 0, exif.length + 2), exif]);
    const odd = Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
    const { pixels } = await preprocess(odd, spec, limits);
    expect(pixels).toEqual((await preprocess(jpeg, spec, limits)).pixels);
  });
});
