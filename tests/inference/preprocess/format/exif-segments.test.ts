import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readJpegHeader } from '../../../../src/inference/preprocess/format/jpeg-header.ts';
import { preprocess } from '../../../../src/inference/preprocess/preprocess.ts';
import { thumbnailJpeg } from '../../../../src/inference/preprocess/sharp-image.ts';
import { encoder, limits, quarterLevels, quarters, spec } from '../../../support/pictures.ts';

const SHORT = 3;
let plain: Buffer;

beforeAll(async () => {
  plain = await encoder(quarters(240, 180)).jpeg().toBuffer();
});

/** The JPEG with these APP1 segments, in this order, before all others. */
function withSegments(...contents: Buffer[]): Buffer {
  const segments = contents.map((content) => {
    const head = Buffer.of(0xff, 0xe1, 0, content.length + 2);
    return Buffer.concat([head, content]);
  });
  return Buffer.concat([plain.subarray(0, 2), ...segments, plain.subarray(2)]);
}

interface Entry {
  tag?: number;
  type?: number;
  count?: number;
  value: number;
}

/** An EXIF segment, big-endian, with a directory of these entries. */
function exif(...entries: Entry[]): Buffer {
  const tiff = Buffer.from('4d4d002a000000080000', 'hex');
  tiff.writeUInt16BE(entries.length, 8);
  const next = Buffer.alloc(4);
  return Buffer.concat([Buffer.from('Exif\0\0'), tiff, ...entries.map(entryBytes), next]);
}

function entryBytes({ tag = 0x0112, type = SHORT, count = 1, value }: Entry): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(tag, 0);
  bytes.writeUInt16BE(type, 2);
  bytes.writeUInt32BE(count, 4);
  const size = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4][type]!;
  bytes.writeUIntBE(value, 8, Math.min(size, 4));
  return bytes;
}

const six = exif({ value: 6 });
const three = exif({ value: 3 });

describe('of several EXIF segments the first one counts', () => {
  it.each([
    ['with its orientation', [six, three], 6],
    [
      'behind another kind of segment',
      [Buffer.from('http://ns.adobe.com/xap/1.0/\0'), six, three],
      6,
    ],
    ['although it has none', [exif({ tag: 0x0100, value: 6 }), three], 1],
    ['although it has one that there is not', [exif({ value: 9 }), three], 1],
    ['although it is empty', [Buffer.from('Exif\0\0'), three], 1],
    ['although it is damaged', [Buffer.from('Exif\0\0MM\0*\xff\xff\xff\xff', 'latin1'), three], 1],
    ['although its name is cut short', [Buffer.from('Exif\0'), three], 1],
    ['unless it is nothing but a name', [Buffer.from('Exif'), three], 3],
  ])('%s', async (_which, segments, orientation) => {
    const file = withSegments(...segments);
    expect(readJpegHeader(file)!.orientation).toBe(orientation);
    expect((await sharp(file).metadata()).orientation ?? 1).toBe(orientation);
  });

  it('to preprocessing and to thumbnails', async () => {
    const file = withSegments(six, three);
    const { pixels, photo } = await preprocess(file, spec, limits);
    expect(photo).toMatchObject({ width: 180, height: 240 });
    [160, 40, 220, 100].forEach((level, i) => {
      expect(Math.abs(quarterLevels(pixels)[i]! - level)).toBeLessThanOrEqual(2);
    });
    const { width, height } = await sharp(await thumbnailJpeg(file, 500)).metadata();
    expect([width, height]).toEqual([180, 240]);
  });
});

describe('an orientation that is written oddly', () => {
  const types = [1, 2, SHORT, 4, 6, 7, 8, 9];
  const written = types.flatMap((type) => [0, 1, 2, 5].map((count) => ({ type, count, value: 6 })));

  it.each(written)('is what sharp finds: %j', async (entry) => {
    for (const segment of [exif(entry), exif(entry, { value: 3 })]) {
      const file = withSegments(segment);
      const found = (await sharp(file).metadata()).orientation ?? 1;
      expect(readJpegHeader(file)!.orientation).toBe(found);
    }
  });

  it('is what sharp finds where the block is cut short or no TIFF', async () => {
    const foreign = Buffer.from(six);
    foreign[9] = 43;
    const cuts = Array.from({ length: six.length }, (_, length) => six.subarray(0, length));
    for (const segment of [foreign, ...cuts]) {
      const file = withSegments(segment);
      const found = (await sharp(file).metadata()).orientation ?? 1;
      expect([segment.length, readJpegHeader(file)!.orientation]).toEqual([segment.length, found]);
    }
  });
});
