import { describe, expect, it } from 'vitest';
import { drawFaceJpeg, drawFaceRgb } from '../../../src/drawing/draw-face.ts';
import type { ErrorCode } from '../../../src/common/errors.ts';
import { preprocess } from '../../../src/inference/preprocess/preprocess.ts';
import { encoder, isoFile, limits, paint, pngHeader, spec } from '../../support/pictures.ts';

const face = drawFaceRgb({ age: 35, seed: 7 });
const jpeg = drawFaceJpeg({ age: 35, seed: 7 });

async function expectError(file: Uint8Array, code: ErrorCode, detail: RegExp): Promise<void> {
  const answer = preprocess(file, spec, limits);
  await expect(answer).rejects.toMatchObject({ name: 'ServiceError', code });
  await expect(answer).rejects.toThrow(detail);
}

describe('an unreadable file', () => {
  it.each([
    ['MP4', isoFile('isom', 'mp41'), /media file/],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /^SVG is not read/],
    ['SVG', Buffer.from('\ufeff<?xml version="1.0"?>\n<!-- a -->\n<svg width="20">'), /^SVG/],
    ['PDF', Buffer.from('%PDF-1.7\n'), /^PDF/],
    ['PSD', Buffer.from('8BPS\0\x01'), /PSD/],
    ['JPEG XL', Buffer.from('ff0a0102', 'hex'), /JPEG XL/],
    ['JPEG 2000', Buffer.from('\0\0\0\x0cjP  \r\n', 'latin1'), /JPEG 2000/],
    ['BMP', Buffer.from('BM\x36\0\0\0\0\0\0\0\x36\0\0\0', 'latin1'), /BMP/],
    ['ICO', Buffer.from('\0\0\x01\0\x01\0\x10\x10', 'latin1'), /ICO/],
    ['HTML', Buffer.from('<!DOCTYPE html><html><body>404</body></html>'), /HTML/],
    ['text', Buffer.from('not an image at all\n'), /^Text/],
    ['junk', Buffer.from('0102030405060708090a', 'hex'), /no image of a known format/],
    ['one byte', Buffer.of(0xff), /no image of a known format/],
  ])('%s is refused by name', async (_, file, detail) => {
    await expectError(file, 'unsupported_image_format', detail);
  });

  it('is reported as empty if it has no bytes', async () => {
    await expectError(Buffer.alloc(0), 'image_undecodable', /empty/);
  });
});

describe('a truncated image', () => {
  const cuts = [0.1, 0.5, 0.9, 0.99];
  const large = drawFaceRgb({ age: 35, seed: 7, size: 1200 });

  it.each([
    ['JPEG of the fast path', () => jpeg],
    ['progressive JPEG', () => encoder(face).jpeg({ progressive: true }).toBuffer()],
    ['medium JPEG', () => drawFaceJpeg({ age: 35, seed: 7, size: 700 })],
    ['large JPEG', () => encoder(large).jpeg().toBuffer()],
    ['CMYK JPEG', () => encoder(face).toColourspace('cmyk').jpeg().toBuffer()],
    ['PNG', () => encoder(face).png().toBuffer()],
    ['large PNG', () => encoder(large).png().toBuffer()],
    ['WebP', () => encoder(face).webp().toBuffer()],
    ['TIFF', () => encoder(face).tiff().toBuffer()],
    ['GIF', () => encoder(face).gif().toBuffer()],
    ['AVIF', () => encoder(face).avif({ effort: 0 }).toBuffer()],
  ])('%s is an error wherever it is cut', async (_, make) => {
    const file = await make();
    for (const cut of cuts) {
      const short = file.subarray(0, Math.floor(file.length * cut));
      await expectError(short, 'image_undecodable', /damaged or truncated/);
    }
  });

  it('can be a JPEG without its last two bytes', async () => {
    await expectError(jpeg.subarray(0, -1), 'image_undecodable', /truncated/);
    await expectError(jpeg.subarray(0, -2), 'image_undecodable', /truncated/);
  });

  it('can consist of the signature alone', async () => {
    for (const start of [3, 4, 20]) {
      await expectError(jpeg.subarray(0, start), 'image_undecodable', /truncated/);
    }
  });
});

describe('an image of the wrong size', () => {
  it.each([
    [30_000, 30_000],
    [50_000_001, 1],
  ])(
    'of %i×%i pixels is refused by its header, before any pixel is read',
    async (width, height) => {
      await expectError(pngHeader(width, height), 'too_many_pixels', /50000000/);
    },
  );

  it('is refused even if no decoder could hold it', async () => {
    const answer = preprocess(pngHeader(2 ** 31 - 1, 2 ** 31 - 1), spec, limits);
    await expect(answer).rejects.toMatchObject({ name: 'ServiceError' });
  });

  it('is refused as a JPEG too, with the limit', async () => {
    const answer = preprocess(jpeg, spec, { maxPixels: 39_999 });
    await expect(answer).rejects.toMatchObject({ code: 'too_many_pixels' });
    await expect(answer).rejects.toThrow(/200×200.*39999/);
    await expect(preprocess(jpeg, spec, { maxPixels: 40_000 })).resolves.toBeDefined();
  });

  it.each([
    [15, 200],
    [200, 15],
    [1, 1],
  ])('of %i×%i pixels is too small', async (width, height) => {
    const picture = paint(width, height, () => [90, 90, 90]);
    for (const file of [
      await encoder(picture).jpeg().toBuffer(),
      await encoder(picture).png().toBuffer(),
    ]) {
      await expectError(file, 'image_too_small', new RegExp(`${width}×${height}.*16`));
    }
  });

  it('is accepted from 16 pixels on', async () => {
    const picture = encoder(paint(16, 16, () => [90, 90, 90]));
    for (const file of [await picture.clone().jpeg().toBuffer(), await picture.png().toBuffer()]) {
      const { pixels } = await preprocess(file, spec, limits);
      expect(pixels.every((level) => Math.abs(level - 90) <= 1)).toBe(true);
    }
  });
});

describe('a hostile JPEG', () => {
  it('is refused if it has thousands of scans', async () => {
    const file = await encoder(face).jpeg({ progressive: true }).toBuffer();
    const scan = file.lastIndexOf(Buffer.of(0xff, 0xda));
    const more = Array.from({ length: 2000 }, () => file.subarray(scan, -2));
    const bomb = Buffer.concat([file.subarray(0, -2), ...more, file.subarray(-2)]);
    await expectError(bomb, 'image_undecodable', /cannot be decoded/);
  });

  it('is refused if its frame has no height', async () => {
    const file = Buffer.from(jpeg);
    file.writeUInt16BE(0, file.indexOf(Buffer.of(0xff, 0xc0)) + 5);
    await expectError(file, 'image_undecodable', /cannot be decoded/);
  });
});
