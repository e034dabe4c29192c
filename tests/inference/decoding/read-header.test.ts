import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawFaceRgb } from '../../../src/drawing/draw-face.ts';
import type { PhotoFileHeader } from '../../../src/inference/decoding/header/coded-picture.ts';
import { readHeader } from '../../../src/inference/decoding/header/read-header.ts';
import {
  animation,
  encoder,
  paint,
  pngHeader,
  sixteenBit,
  withHoles,
} from '../../support/pictures.ts';

const face = drawFaceRgb({ age: 35, seed: 7, size: 96 });
const wide = paint(90, 50, (x, y) => [x, y, 80]);
const holes = withHoles(face, (x) => x < 20);
const upright = (orientation: number) => encoder(wide).withMetadata({ orientation });

const files: [string, () => Promise<Buffer>][] = [
  ['JPEG', () => encoder(wide).jpeg().toBuffer()],
  ['progressive JPEG', () => encoder(wide).jpeg({ progressive: true }).toBuffer()],
  ['CMYK JPEG', () => encoder(wide).toColourspace('cmyk').jpeg().toBuffer()],
  ['PNG', () => encoder(wide).png().toBuffer()],
  ['PNG of 16 bits', () => sixteenBit(wide).png({ progressive: true }).toBuffer()],
  ['palette PNG', () => encoder(wide).png({ palette: true }).toBuffer()],
  ['turned PNG', () => upright(6).png().toBuffer()],
  ['WebP', () => encoder(wide).webp().toBuffer()],
  ['turned WebP', () => upright(8).webp().toBuffer()],
  ['lossless WebP', () => encoder(wide).webp({ lossless: true }).toBuffer()],
  ['WebP with alpha', () => encoder(holes).webp().toBuffer()],
  ['animated WebP', () => animation([wide, wide]).webp().toBuffer()],
  ['GIF', () => encoder(wide).gif().toBuffer()],
  ['animated GIF', () => animation([wide, wide]).gif().toBuffer()],
  ['TIFF', () => encoder(wide).tiff().toBuffer()],
  ['turned TIFF', () => upright(5).tiff().toBuffer()],
  ['big TIFF', () => encoder(wide).tiff({ bigtiff: true }).toBuffer()],
  ['tiled TIFF', () => encoder(wide).tiff({ tile: true, compression: 'lzw' }).toBuffer()],
  ['AVIF', () => encoder(wide).avif({ effort: 0 }).toBuffer()],
  ['AVIF with alpha', () => encoder(holes).avif({ effort: 0 }).toBuffer()],
  ['AVIF of 12 bits', () => sixteenBit(wide).avif({ effort: 0, bitdepth: 12 }).toBuffer()],
];

const memoryOf = async (file: Promise<Buffer>): Promise<number> =>
  readHeader(await file).cost.memoryBytes;

describe('the header of a photo', () => {
  it.each(files)('has the size and the orientation that sharp reads: %s', async (_, make) => {
    const file = await make();
    const { width, height, orientation = 1, pageHeight } = await sharp(file).metadata();
    const header = readHeader(file);
    expect(header).toMatchObject({ width, height: pageHeight ?? height });
    if (header.format !== 'jpeg') expect(header.orientation).toBe(orientation);
    expect(header.cost.memoryBytes).toBeGreaterThan(0);
  });

  it.each(files)('is damaged or complete wherever the file is cut: %s', async (_, make) => {
    const file = await make();
    for (let end = 12; end < file.length; end += Math.ceil(file.length / 60)) {
      let header: PhotoFileHeader | undefined;
      try {
        header = readHeader(file.subarray(0, end));
      } catch (error) {
        expect(error).toMatchObject({ name: 'ServiceError' });
      }
      if (header !== undefined) expect(header.cost.cpuMs).toBeGreaterThan(0);
    }
  });

  it('knows that depth, alpha, interlacing and buffering cost memory', async () => {
    const large = paint(2000, 1500, () => [90, 90, 90]);
    const plain = await memoryOf(encoder(large).png().toBuffer());
    expect(await memoryOf(sixteenBit(large).png().toBuffer())).toBeGreaterThan(1.5 * plain);
    const baseline = await memoryOf(encoder(large).jpeg().toBuffer());
    const progressive = await memoryOf(encoder(large).jpeg({ progressive: true }).toBuffer());
    expect(progressive).toBeGreaterThan(baseline + 2000 * 1500 * 2);
  });

  it('counts what compressed texts of a PNG may inflate to', () => {
    const png = pngHeader(100, 100);
    const text = Buffer.alloc(5000);
    const chunk = Buffer.concat([Buffer.from('\0\0\x13\x88zTXt', 'latin1'), text, Buffer.alloc(4)]);
    const bomb = Buffer.concat([
      png.subarray(0, 33),
      ...Array.from({ length: 50 }, () => chunk),
      png.subarray(33),
    ]);
    expect(readHeader(bomb).cost.memoryBytes).toBeGreaterThan(50 * 5_000_000);
  });

  it('goes by the coded size of an AVIF whose boxes state a smaller one', async () => {
    const file = await encoder(paint(640, 480, () => [90, 90, 90]))
      .avif({ effort: 0 })
      .toBuffer();
    const honest = readHeader(file).cost;
    const at = file.indexOf('ispe') + 8;
    file.writeUInt32BE(16, at);
    file.writeUInt32BE(16, at + 4);
    const { cost, width } = readHeader(file);
    expect(width).toBe(16);
    expect(cost.cpuMs).toBeGreaterThan(honest.cpuMs / 2);
  });

  it('refuses more directories than any photo has', () => {
    const file = Buffer.alloc(200_000);
    file.write('II*\0', 0, 'latin1');
    file.writeUInt32LE(8, 4);
    // Directories without entries, each naming the next.
    for (let at = 8; at + 12 < file.length; at += 6) file.writeUInt32LE(at + 6, at + 2);
    expect(() => readHeader(file)).toThrow(/damaged/);
  });
});
