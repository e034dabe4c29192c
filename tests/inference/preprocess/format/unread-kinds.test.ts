import { describe, expect, it } from 'vitest';
import { drawFaceJpeg, drawFaceRgb } from '../../../../src/drawing/draw-face.ts';
import { preprocess } from '../../../../src/inference/preprocess/preprocess.ts';
import { encoder, limits, spec } from '../../../support/pictures.ts';

const face = drawFaceRgb({ age: 35, seed: 7 });
const jpeg = drawFaceJpeg({ age: 35, seed: 7 });

/** A JPEG of which the start of the frame was changed: its marker, bits per sample, or number of components. */
function jpegWith({
  marker,
  bits,
  components,
}: {
  marker?: number;
  bits?: number;
  components?: number;
}) {
  const file = Buffer.from(jpeg);
  const at = [0xc0, 0xc1, 0xc2]
    .map((one) => file.indexOf(Buffer.of(0xff, one)))
    .find((found) => found > 0)!;
  if (marker !== undefined) file[at + 1] = marker;
  if (bits !== undefined) file[at + 4] = bits;
  if (components !== undefined) file[at + 9] = components;
  return file;
}

/** A TIFF of one directory with these tags, of which each is a SHORT. */
function tiffWith(tags: Readonly<Record<number, number>>): Buffer {
  const entries = Object.entries({ 256: 64, 257: 64, 258: 8, 277: 1, 278: 64, ...tags })
    .map(([tag, value]) => [Number(tag), value] as const)
    .toSorted(([one], [other]) => one - other);
  const file = Buffer.alloc(8 + 2 + entries.length * 12 + 4 + 64 * 64);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(8, 4);
  file.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag, value], index) => {
    const at = 10 + index * 12;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(3, at + 2);
    file.writeUInt32LE(1, at + 4);
    file.writeUInt16LE(value, at + 8);
  });
  return file;
}

describe('a file that is coded in a way that is not read', () => {
  it.each([
    [
      'a JPEG with 12 bits',
      jpegWith({ marker: 0xc1, bits: 12 }),
      /^A JPEG with 12 bits per sample/,
    ],
    ['a JPEG with 2 components', jpegWith({ components: 2 }), /^A JPEG with 2 components/],
    ['a lossless JPEG', jpegWith({ marker: 0xc3 }), /^Lossless JPEG/],
    ['a lossless arithmetic JPEG', jpegWith({ marker: 0xcb }), /^Lossless JPEG/],
    ['a hierarchical JPEG', jpegWith({ marker: 0xc5 }), /^Hierarchical JPEG/],
    ['JPEG-LS', jpegWith({ marker: 0xf7 }), /^JPEG-LS/],
    ['CIELab', tiffWith({ 262: 8 }), /^A TIFF in CIELab/],
    ['LogLuv', tiffWith({ 262: 32_845 }), /^A TIFF in LogLuv/],
    ['a raw mosaic', tiffWith({ 262: 32_803 }), /^A camera's raw file/],
    [
      'a DNG that begins with a preview',
      tiffWith({ 262: 2, 50_706: 1 }),
      /^A camera's raw file \(DNG\)/,
    ],
    ['a raw file that begins with a preview', tiffWith({ 254: 1, 330: 8 }), /^A camera's raw file/],
    ['floating-point samples', tiffWith({ 262: 1, 339: 3 }), /^A TIFF with floating-point samples/],
    ['signed samples', tiffWith({ 262: 1, 339: 2 }), /^A TIFF with signed samples/],
    ['32 bits', tiffWith({ 262: 1, 258: 32 }), /^A TIFF with 32 bits per sample/],
    ['Zstandard', tiffWith({ 262: 1, 259: 50_000 }), /^A TIFF compressed with Zstandard/],
    [
      'an animated AVIF without a still picture',
      movie(),
      /^An animated AVIF without a still picture/,
    ],
  ])('%s is refused by name', async (_what, file, name) => {
    const answer = preprocess(file, spec, limits);
    await expect(answer).rejects.toMatchObject({ code: 'unsupported_image_format' });
    await expect(answer).rejects.toThrow(name);
    await expect(answer).rejects.toThrow(/is not read; send an ordinary JPEG or PNG instead\.$/);
  });

  it.each([
    ['16-bit TIFF', () => encoder(face).toColourspace('rgb16').tiff().toBuffer()],
    ['TIFF compressed as WebP', () => encoder(face).tiff({ compression: 'webp' }).toBuffer()],
    ['TIFF of CMYK', () => encoder(face).toColourspace('cmyk').tiff().toBuffer()],
    ['progressive JPEG', () => encoder(face).jpeg({ progressive: true }).toBuffer()],
    ['CMYK JPEG', () => encoder(face).toColourspace('cmyk').jpeg().toBuffer()],
  ])('is not a %s', async (_what, make) => {
    const file = await make();
    const { pixels } = await preprocess(file, spec, limits);
    const { pixels: expected } = await preprocess(jpeg, spec, limits);
    const difference = pixels.reduce((sum, value, at) => sum + Math.abs(value - expected[at]!), 0);
    expect(difference / pixels.length).toBeLessThan(8);
  });

  it('is called damaged where it is', async () => {
    const cut = tiffWith({ 262: 1 }).subarray(0, 40);
    await expect(preprocess(cut, spec, limits)).rejects.toMatchObject({
      code: 'image_undecodable',
    });
  });
});

describe('an animated AVIF', () => {
  it('is read as the still picture that it also holds', async () => {
    const still = await encoder(face).avif({ effort: 0 }).toBuffer();
    const animated = Buffer.from(still);
    animated.write('avis', 8, 'latin1');
    const { pixels: expected } = await preprocess(still, spec, limits);
    const { pixels } = await preprocess(animated, spec, limits);
    expect(Buffer.compare(pixels, expected)).toBe(0);
    expect(animated.toString('latin1', 8, 12)).toBe('avis');
  });
});

/** The boxes of an image sequence without a meta box. */
function movie(): Buffer {
  const box = (type: string, content: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + content.length);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, content]);
  };
  const brands = Buffer.from('avis\0\0\0\0avisavifmsf1', 'latin1');
  return Buffer.concat([
    box('ftyp', brands),
    box('moov', Buffer.alloc(64)),
    box('mdat', Buffer.alloc(64)),
  ]);
}
