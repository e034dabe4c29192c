import sharp from 'sharp';
import { drawFaceRgb } from '../../src/drawing/draw-face.ts';
import {
  animation,
  encoder,
  isoFile,
  paint,
  pngHeader,
  sixteenBit,
  withHoles,
  withOrientation,
} from '../../tests/support/pictures.ts';

/** Files that a client might send as a photo, by name. */
export type HostilePhotos = ReadonlyMap<string, Buffer>;

const face = drawFaceRgb({ age: 30, seed: 1 });
const html = Buffer.from('<!doctype html><script>alert(document.domain)</script>');

/** A valid photo of each supported format. */
export async function plainPhotos(): Promise<HostilePhotos> {
  const picture = encoder(face);
  const small = encoder(paint(96, 64, (x, y) => [x, 2 * y, 80]));
  return new Map([
    ['jpeg', await picture.jpeg({ quality: 85 }).toBuffer()],
    ['progressive jpeg', await picture.jpeg({ progressive: true }).toBuffer()],
    ['png', await picture.png().toBuffer()],
    ['webp', await picture.webp().toBuffer()],
    ['lossless webp', await small.webp({ lossless: true }).toBuffer()],
    ['avif', await small.avif({ effort: 0 }).toBuffer()],
    ['gif', await picture.gif().toBuffer()],
    ['tiff', await picture.tiff({ compression: 'lzw' }).toBuffer()],
  ]);
}

/** Unusual, oversized and invalid files. */
export async function oddPhotos(): Promise<HostilePhotos> {
  const jpeg = await encoder(face).jpeg().toBuffer();
  const turned = Array.from({ length: 10 }, (_, orientation) => [
    `exif orientation ${orientation}`,
    withOrientation(jpeg, orientation),
  ]);
  return new Map([
    ...(turned as [string, Buffer][]),
    ...(await encodings(jpeg)),
    ...(await shapes()),
    ...(await bombs()),
    ...wrongTypes(jpeg),
  ]);
}

async function encodings(jpeg: Buffer): Promise<[string, Buffer][]> {
  const holes = withHoles(face, (x, y) => (x + y) % 3 === 0);
  const frames = [face, face].map(() => paint(64, 64, (x, y) => [x * 4, y * 4, 0]));
  return [
    ['cmyk jpeg', await sharp(jpeg).toColourspace('cmyk').jpeg().toBuffer()],
    ['16-bit png', await sixteenBit(face).png().toBuffer()],
    ['16-bit tiff', await sixteenBit(face).tiff().toBuffer()],
    ['palette png', await encoder(face).png({ palette: true, colours: 4 }).toBuffer()],
    ['png with holes', await encoder(holes).png().toBuffer()],
    ['webp animation', await animation(frames).webp().toBuffer()],
    ['tiled tiff', await encoder(face).tiff({ tile: true }).toBuffer()],
    ['1-bit tiff', await encoder(face).toColourspace('b-w').tiff({ bitdepth: 1 }).toBuffer()],
  ];
}

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#777' } });

async function shapes(): Promise<[string, Buffer][]> {
  return [
    ['1×1', await blank(1, 1).png().toBuffer()],
    ['1×50,000', await blank(1, 50_000).png().toBuffer()],
    ['50,000×1', await blank(50_000, 1).png().toBuffer()],
    ['16×16', await blank(16, 16).jpeg().toBuffer()],
    ['20×60,000', await blank(20, 60_000).jpeg().toBuffer()],
  ];
}

/** Small files that take much memory or time to decode. */
async function bombs(): Promise<[string, Buffer][]> {
  return [
    ['png of 49 megapixels', await blank(7000, 7000).png().toBuffer()],
    ['png of 56 megapixels', await blank(8000, 7000).png().toBuffer()],
    ['png that declares 4 gigapixels', pngHeader(65_535, 65_535)],
    ['png that declares 2^31 by 2^31', pngHeader(0x7fffffff, 0x7fffffff)],
    ['png that declares no pixels', pngHeader(0, 0)],
    ['gif of 10,000 frames', manyFrames(10_000)],
    ['webp of 16,383 by 32', await blank(16_383, 32).webp().toBuffer()],
  ];
}

function wrongTypes(jpeg: Buffer): [string, Buffer][] {
  return [
    ['empty file', Buffer.alloc(0)],
    ['one zero byte', Buffer.alloc(1)],
    ['a megabyte of zeros', Buffer.alloc(1_000_000)],
    ['two bytes of jpeg', jpeg.subarray(0, 2)],
    ['jpeg signature and noise', Buffer.concat([jpeg.subarray(0, 4), Buffer.alloc(4000, 0xff)])],
    ['svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    [
      'svg with entities',
      Buffer.from('<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'),
    ],
    ['html', html],
    ['pdf', Buffer.from('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj')],
    ['zip', Buffer.from('504b0304140000000800', 'hex')],
    ['heic', isoFile('heic', 'mif1', 'heic')],
    ['avif with brands only', isoFile('avif', 'mif1', 'avif')],
    ['jpeg and html', Buffer.concat([jpeg, html])],
    ['jpeg with a script in its comment', withComment(jpeg, html)],
    ['gif and javascript', Buffer.from('GIF89a/*\0\0\0\0\0*/=alert(1)//')],
    ['bmp', Buffer.from(`BM${'\0'.repeat(60)}`)],
    ['text', Buffer.from('a photo, honestly')],
  ];
}

function withComment(jpeg: Buffer, comment: Buffer): Buffer {
  const head = Buffer.of(0xff, 0xfe, 0, comment.length + 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, comment, jpeg.subarray(2)]);
}

/** A GIF of 32×32 pixels with the given number of frames (GIF89a specification), 40 bytes per frame. */
function manyFrames(frames: number): Buffer {
  const screen = Buffer.from([...u16(32), ...u16(32), 0x80, 0, 0]);
  const black = [0, 0, 0];
  const white = [255, 255, 255];
  const head = Buffer.concat([Buffer.from('GIF89a'), screen, Buffer.from([...black, ...white])]);
  const control = [0x21, 0xf9, 4, 0, 1, 0, 0, 0];
  const descriptor = [0x2c, ...u16(0), ...u16(0), ...u16(1), ...u16(1), 0];
  // One pixel: clear, 0 and end, as 3-bit codes.
  const pixel = [2, 2, 0x44, 0x01, 0];
  const frame = Buffer.from([...control, ...descriptor, ...pixel]);
  const all = Array.from({ length: frames }, () => frame);
  return Buffer.concat([head, ...all, Buffer.of(0x3b)]);
}

function u16(value: number): [number, number] {
  return [value & 0xff, value >> 8];
}
