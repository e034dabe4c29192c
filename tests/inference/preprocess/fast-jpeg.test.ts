import { describe, expect, it } from 'vitest';
import { drawFaceJpeg, drawFaceRgb } from '../../../src/drawing/draw-face.ts';
import { fastJpeg, type FastJpeg } from '../../../src/inference/preprocess/fast-jpeg.ts';
import { readJpegHeader } from '../../../src/inference/preprocess/format/jpeg-header.ts';
import { encoder } from '../../support/pictures.ts';

const face = drawFaceRgb({ age: 35, seed: 7 });
const jpeg = drawFaceJpeg({ age: 35, seed: 7 });

function wayOf(file: Buffer): FastJpeg | undefined {
  const header = readJpegHeader(file);
  expect(header).toBeDefined();
  return fastJpeg(file, header!);
}

/** The file with an additional first segment. */
function withSegment(marker: number, content: Buffer): Buffer {
  const head = Buffer.of(0xff, marker, 0, content.length + 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, content, jpeg.subarray(2)]);
}

describe('fastJpeg', () => {
  it('decodes small baseline JPEGs synchronously, in color and gray', async () => {
    expect(wayOf(jpeg)).toBe('quick');
    expect(wayOf(await encoder(face).toColourspace('b-w').jpeg().toBuffer())).toBe('quick');
    expect(
      wayOf(
        await encoder(face)
          .withExif({ IFD0: { Make: 'x' } })
          .jpeg()
          .toBuffer(),
      ),
    ).toBe('quick');
  });

  it('decodes progressive, medium and heavy JPEGs off the event loop', async () => {
    expect(wayOf(await encoder(face).jpeg({ progressive: true }).toBuffer())).toBe('pooled');
    expect(wayOf(drawFaceJpeg({ age: 35, seed: 7, size: 700 }))).toBe('pooled');
    expect(wayOf(Buffer.concat([jpeg, Buffer.alloc(1 << 17)]))).toBe('pooled');
  });

  it('leaves unusual JPEGs to sharp', async () => {
    expect(wayOf(drawFaceJpeg({ age: 35, seed: 7, size: 1100 }))).toBeUndefined();
    expect(wayOf(await encoder(face).toColourspace('cmyk').jpeg().toBuffer())).toBeUndefined();
    expect(wayOf(await encoder(face).withIccProfile('p3').jpeg().toBuffer())).toBeUndefined();
    expect(wayOf(withSegment(0xe2, Buffer.from('ICC_PROFILE\0\x01\x01')))).toBeUndefined();
    expect(wayOf(withSegment(0xee, Buffer.from('Adobe\0d\0\0\0\0\0')))).toBeUndefined();
  });

  it('leaves high quality to sharp, whose inverse transform is accurate enough', () => {
    expect(wayOf(drawFaceJpeg({ age: 35, seed: 7 }, 82))).toBe('quick');
    for (const quality of [85, 95, 100]) {
      expect(wayOf(drawFaceJpeg({ age: 35, seed: 7 }, quality))).toBeUndefined();
    }
  });

  it('leaves files with too many scans to sharp, which refuses them', async () => {
    const file = await encoder(face).jpeg({ progressive: true }).toBuffer();
    const scan = file.subarray(file.lastIndexOf(Buffer.of(0xff, 0xda)), -2);
    const repeat = (times: number) =>
      Buffer.concat([file.subarray(0, -2), ...Array<Buffer>(times).fill(scan), file.subarray(-2)]);
    expect(wayOf(repeat(80))).toBe('pooled');
    expect(wayOf(repeat(100))).toBeUndefined();
  });

  it('recognizes YCbCr by Adobe’s marker, by JFIF and by component numbers', () => {
    expect(wayOf(withSegment(0xee, Buffer.from('Adobe\0d\0\0\0\0\x01')))).toBe('quick');
    const start = jpeg.indexOf('JFIF');
    const unmarked = Buffer.from(jpeg);
    unmarked.write('XXXX', start);
    expect(wayOf(unmarked)).toBe('quick');
    const numbers = unmarked.indexOf(Buffer.of(0xff, 0xc0)) + 10;
    expect([0, 3, 6].map((at) => unmarked[numbers + at])).toEqual([1, 2, 3]);
    for (const [i, letter] of ['R', 'G', 'B'].entries()) unmarked.write(letter, numbers + 3 * i);
    expect(wayOf(unmarked)).toBeUndefined();
  });

  it('leaves other processes and precisions to sharp', () => {
    const frame = jpeg.indexOf(Buffer.of(0xff, 0xc0));
    const arithmetic = Buffer.from(jpeg);
    arithmetic[frame + 1] = 0xc9;
    expect(wayOf(arithmetic)).toBeUndefined();
    const twelveBit = Buffer.from(jpeg);
    twelveBit[frame + 4] = 12;
    expect(wayOf(twelveBit)).toBeUndefined();
  });
});

describe('readJpegHeader', () => {
  it('reads size and components', () => {
    expect(readJpegHeader(drawFaceJpeg({ age: 35, seed: 7, size: 333 }))).toMatchObject({
      width: 333,
      height: 333,
      components: 3,
      precision: 8,
      process: 'baseline',
      orientation: 1,
    });
  });

  it('returns undefined for bytes that are cut or damaged before the first scan', () => {
    const { scanOffset } = readJpegHeader(jpeg)!;
    for (let cut = 0; cut < scanOffset; cut += 7) {
      expect(readJpegHeader(jpeg.subarray(0, cut))).toBeUndefined();
    }
    const damaged = Buffer.from(jpeg);
    damaged[2] = 0;
    expect(readJpegHeader(damaged)).toBeUndefined();
  });

  it('skips fill bytes between segments', () => {
    const filled = Buffer.concat([jpeg.subarray(0, 2), Buffer.of(0xff, 0xff), jpeg.subarray(2)]);
    expect(readJpegHeader(filled)).toMatchObject({ width: 200, height: 200 });
  });
});
