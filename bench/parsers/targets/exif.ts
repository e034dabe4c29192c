import { drawFaceJpeg } from '../../../src/drawing/draw-face.ts';
import { exifOrientation } from '../../../src/inference/preprocess/orientation.ts';
import { sharp } from '../../../src/inference/preprocess/sharp-image.ts';
import { assertEqual, type Target } from './target.ts';

const face = drawFaceJpeg({ age: 30, seed: 1, size: 16 });
/** The largest EXIF block of one segment. */
const MOST_BYTES = 65_535 - 8;

/** The orientation in an EXIF block; libexif, through sharp, must read the same. */
export const exif: Target = {
  name: 'exif',
  guidedBy: /src\/inference\/preprocess\//,
  words: [
    'II*\0\x08\0\0\0',
    'MM\0*\0\0\0\x08',
    '\x12\x01',
    '\x01\x12',
    '\x12\x01\x03\0\x01\0\0\0\x06\0\0\0',
    '\x01\x12\0\x03\0\0\0\x01\0\x06\0\0',
    '\x12\x01\x04\0\x02\0\0\0\x08\0\0\0',
    '\x01\0',
    '\0\x01',
  ],
  seeds: () => [
    block(true, [0x0112, 3, 1, 6]),
    block(false, [0x0112, 3, 1, 8]),
    block(true, [0x010f, 2, 4, 0x41424300], [0x0112, 4, 1, 3]),
    block(false, [0x0112, 1, 5, 26], [0x0112, 3, 1, 2]),
  ],
  run: (input) => {
    const orientation = exifOrientation(input);
    if (!Number.isInteger(orientation) || orientation < 1 || orientation > 8)
      throw new Error(`an orientation of ${orientation}`);
  },
  compare: async (input) => {
    if (input.length > MOST_BYTES) return;
    const seen = await sharp(withExif(input))
      .metadata()
      .catch(() => undefined);
    if (seen?.exif === undefined) return;
    const theirs = seen.orientation ?? 1;
    const expected = theirs >= 1 && theirs <= 8 ? theirs : 1;
    assertEqual('the orientation', exifOrientation(input), expected);
  },
};

type Entry = [tag: number, type: number, count: number, value: number];

/** A TIFF structure with one directory (Exif 2.32 §4.6.2). */
function block(isLittle: boolean, ...entries: Entry[]): Buffer {
  const bytes = Buffer.alloc(8 + 2 + 12 * entries.length + 4);
  const u16 = (value: number, at: number) =>
    isLittle ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
  const u32 = (value: number, at: number) =>
    isLittle ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
  bytes.write(isLittle ? 'II' : 'MM', 0, 'latin1');
  u16(42, 2);
  u32(8, 4);
  u16(entries.length, 8);
  for (const [index, [tag, type, count, value]] of entries.entries()) {
    const at = 10 + 12 * index;
    u16(tag, at);
    u16(type, at + 2);
    u32(count, at + 4);
    if (type === 3 && count === 1) u16(value, at + 8);
    else u32(value, at + 8);
  }
  return bytes;
}

/** A JPEG whose first segment holds the block. */
function withExif(input: Buffer): Buffer {
  const head = Buffer.from('\xff\xd8\xff\xe1\0\0Exif\0\0', 'latin1');
  head.writeUInt16BE(8 + input.length, 4);
  return Buffer.concat([head, input, face.subarray(2)]);
}
