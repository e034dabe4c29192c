import sharp, { type Sharp } from 'sharp';
import type { RgbPicture } from '../../src/drawing/draw-face.ts';
import {
  defaultPreprocessSpec,
  type PreprocessLimits,
} from '../../src/inference/preprocess/spec.ts';

export const spec = defaultPreprocessSpec;

export const limits: PreprocessLimits = { maxPixels: 50_000_000 };

type Color = (x: number, y: number) => readonly [number, number, number];

/** Paints a picture by a formula. */
export function paint(width: number, height: number, color: Color): RgbPicture {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rgb.set(color(x, y), (y * width + x) * 3);
  }
  return { width, height, rgb };
}

/** Four gray quarters, 40 and 100 above 160 and 220: every rotation and mirror image differs. */
export function quarters(width: number, height: number): RgbPicture {
  return paint(width, height, (x, y) => {
    const level = 40 + (x < width / 2 ? 0 : 60) + (y < height / 2 ? 0 : 120);
    return [level, level, level];
  });
}

/** The levels in the middle of the four quarters, read row by row. */
export function quarterLevels(pixels: Uint8Array, size = 120): number[] {
  const at = (x: number, y: number) => pixels[Math.floor(y * size) * size + Math.floor(x * size)]!;
  return [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)];
}

/** Interleaved samples; RGB, or RGBA with holes. */
interface RawPicture {
  width: number;
  height: number;
  rgb: Uint8Array;
}

function rawOf({ width, height, rgb }: RawPicture) {
  return { raw: { width, height, channels: rgb.length / (width * height) === 4 ? 4 : 3 } } as const;
}

/** An encoder over a picture's raw pixels. */
export function encoder(picture: RawPicture): Sharp {
  return sharp(picture.rgb, rawOf(picture));
}

/** Like `encoder`, with each sample scaled to 16 bits. */
export function sixteenBit(picture: RawPicture): Sharp {
  const wide = Uint16Array.from(picture.rgb, (value) => value * 257);
  return sharp(wide, rawOf(picture)).toColourspace('rgb16');
}

/** The picture with an alpha channel, transparent wherever `isClear`. */
export function withHoles(
  { width, height, rgb }: RgbPicture,
  isClear: (x: number, y: number) => boolean,
): RawPicture {
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    rgba.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
    rgba[4 * i + 3] = isClear(i % width, Math.floor(i / width)) ? 0 : 255;
  }
  return { width, height, rgb: rgba };
}

/** Frames one below the other, as an animation. */
export function animation(frames: readonly RgbPicture[]): Sharp {
  const { width, height } = frames[0]!;
  const rgb = Buffer.concat(frames.map((frame) => frame.rgb));
  const raw = { width, height: height * frames.length, channels: 3, pageHeight: height } as const;
  return sharp(rgb, { raw });
}

/** A JPEG whose EXIF segment holds only its orientation; sharp would add an ICC profile. */
export function withOrientation(jpeg: Buffer, orientation: number): Buffer {
  const exif = Buffer.from(
    'Exif\0\0' + 'MM\0*\0\0\0\x08' + '\0\x01' + '\x01\x12\0\x03\0\0\0\x01\0?\0\0',
    'latin1',
  );
  exif[exif.indexOf('?')] = orientation;
  const head = Buffer.of(0xff, 0xe1, 0, exif.length + 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, exif, jpeg.subarray(2)]);
}

/** A PNG of any size without pixel data: a size check may read only its header (signature, IHDR). */
export function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', Buffer.from('789c030000000001', 'hex')),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

/** CRC-32 of the PNG specification, annex D. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The start of a HEIC photo: an ISO base media file that ends after its brands. */
export function isoFile(major: string, ...compatible: string[]): Buffer {
  const box = Buffer.from(`\0\0\0\0ftyp${major}\0\0\0\0${compatible.join('')}`, 'latin1');
  box.writeUInt32BE(box.length, 0);
  return box;
}
