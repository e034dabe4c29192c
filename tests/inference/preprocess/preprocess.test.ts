import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawFaceJpeg, drawFaceRgb } from '../../../src/drawing/draw-face.ts';
import { preprocess } from '../../../src/inference/preprocess/preprocess.ts';
import {
  animation,
  encoder,
  limits,
  paint,
  quarterLevels,
  quarters,
  sixteenBit,
  spec,
  withHoles,
} from '../../support/pictures.ts';

const face = drawFaceRgb({ age: 35, seed: 7 });
const exact = async () => preprocess(await encoder(face).png().toBuffer(), spec, limits);

/** Largest and mean difference from the exact picture, in gray levels. */
async function difference(file: Uint8Array): Promise<{ largest: number; mean: number }> {
  const { pixels } = await preprocess(file, spec, limits);
  const reference = (await exact()).pixels;
  const differences = Array.from(pixels, (level, i) => Math.abs(level - reference[i]!));
  const sum = differences.reduce((a, b) => a + b);
  return { largest: Math.max(...differences), mean: sum / differences.length };
}

const topLeft = (x: number, y: number) => x < 100 && y < 100;

function expectLevels(pixels: Uint8Array, levels: number[], within = 1): void {
  quarterLevels(pixels).forEach((level, i) => {
    expect(Math.abs(level - levels[i]!)).toBeLessThanOrEqual(within);
  });
}

describe('preprocess', () => {
  it('returns width × height bytes in their own buffer, ready to be transferred', async () => {
    for (const file of [drawFaceJpeg({ age: 20, seed: 1 }), await encoder(face).png().toBuffer()]) {
      const { pixels } = await preprocess(file, spec, limits);
      expect(pixels.buffer).toBeInstanceOf(ArrayBuffer);
      expect([pixels.byteOffset, pixels.length, pixels.buffer.byteLength]).toEqual([
        0, 14400, 14400,
      ]);
    }
  });

  it('keeps concurrently decoded photos apart', async () => {
    const files = [1, 2, 3, 4, 5, 6].map((seed) => drawFaceJpeg({ age: seed * 12, seed }));
    const alone = [];
    for (const file of files) alone.push((await preprocess(file, spec, limits)).pixels);
    const together = await Promise.all(files.map((file) => preprocess(file, spec, limits)));
    expect(together.map(({ pixels }) => pixels)).toEqual(alone);
  });

  it('reads a view into a larger buffer, as uploads are', async () => {
    const file = drawFaceJpeg({ age: 20, seed: 1 });
    const larger = new Uint8Array(file.length + 100).fill(7);
    larger.set(file, 50);
    const view = larger.subarray(50, 50 + file.length);
    const { pixels } = await preprocess(view, spec, limits);
    expect(pixels).toEqual((await preprocess(file, spec, limits)).pixels);
  });

  it('weights colors by Rec. 601', async () => {
    const colors = [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [50, 200, 50],
    ] as const;
    const picture = paint(120, 120, (x, y) => colors[(x < 60 ? 0 : 1) + (y < 60 ? 0 : 2)]!);
    const { pixels } = await preprocess(await encoder(picture).png().toBuffer(), spec, limits);
    expectLevels(pixels, [76, 150, 29, 138], 0);
  });
});

describe('preprocess of other formats', () => {
  it.each([
    ['png', encoder(face).png()],
    ['tiff', encoder(face).tiff({ compression: 'lzw' })],
    ['webp', encoder(face).webp({ lossless: true })],
  ])('reads %s without loss', async (_, encoded) => {
    expect((await difference(await encoded.toBuffer())).largest).toBe(0);
  });

  it('reads AVIF', async () => {
    const file = await encoder(face).avif({ quality: 80, effort: 0 }).toBuffer();
    expect((await difference(file)).mean).toBeLessThan(1.5);
  });

  it('reads GIF', async () => {
    expect((await difference(await encoder(face).gif().toBuffer())).mean).toBeLessThan(3);
  });

  it('reads palette, gray and black-and-white PNGs', async () => {
    const palette = await encoder(quarters(200, 200)).png({ palette: true }).toBuffer();
    expectLevels((await preprocess(palette, spec, limits)).pixels, [40, 100, 160, 220]);
    const gray = await encoder(quarters(200, 200)).toColourspace('b-w').png().toBuffer();
    expectLevels((await preprocess(gray, spec, limits)).pixels, [40, 100, 160, 220]);
    const bits = await encoder(quarters(200, 200)).threshold(128).png({ colours: 2 }).toBuffer();
    expectLevels((await preprocess(bits, spec, limits)).pixels, [0, 0, 255, 255]);
  });

  it('reads the first frame of an animation', async () => {
    const black = paint(64, 64, () => [0, 0, 0]);
    const white = paint(64, 64, () => [255, 255, 255]);
    const frames = [quarters(64, 64), black, white];
    for (const file of [
      await animation(frames).gif({ delay: 100 }).toBuffer(),
      await animation(frames).webp({ lossless: true }).toBuffer(),
    ]) {
      expect((await sharp(file).metadata()).pages).toBe(3);
      const { pixels, photo } = await preprocess(file, spec, limits);
      expectLevels(pixels, [40, 100, 160, 220], 4);
      expect([photo.width, photo.height]).toEqual([64, 64]);
    }
  });

  it('renders transparent parts white', async () => {
    const holed = encoder(withHoles(quarters(200, 200), topLeft));
    for (const file of [
      await holed.clone().png().toBuffer(),
      await holed.clone().webp({ lossless: true }).toBuffer(),
    ]) {
      expectLevels((await preprocess(file, spec, limits)).pixels, [255, 100, 160, 220]);
    }
  });

  it('reads 16 bits a channel, with and without alpha', async () => {
    const file = await sixteenBit(quarters(200, 200)).png().toBuffer();
    expect((await sharp(file).metadata()).depth).toBe('ushort');
    expectLevels((await preprocess(file, spec, limits)).pixels, [40, 100, 160, 220]);
    const clear = withHoles(quarters(200, 200), topLeft);
    const holed = await sixteenBit(clear).png().toBuffer();
    expect(await sharp(holed).metadata()).toMatchObject({ depth: 'ushort', hasAlpha: true });
    expectLevels((await preprocess(holed, spec, limits)).pixels, [255, 100, 160, 220]);
  });
});

describe('preprocess of unusual JPEGs', () => {
  it('reads CMYK', async () => {
    const file = await encoder(quarters(200, 200)).toColourspace('cmyk').jpeg().toBuffer();
    expect((await sharp(file).metadata()).space).toBe('cmyk');
    // Dark tones lose most in the conversion to CMYK; if they were read inverted, they would be light.
    expectLevels((await preprocess(file, spec, limits)).pixels, [40, 100, 160, 220], 25);
  });

  it('converts colors by the ICC profile', async () => {
    // Pure sRGB red is (234, 51, 35) in Display P3, whose luma would be 104.
    const red = paint(200, 200, () => [255, 0, 0]);
    for (const format of ['jpeg', 'png'] as const) {
      const inP3 = encoder(red).withIccProfile('p3');
      const file = await inP3.toFormat(format, { quality: 100 }).toBuffer();
      expect((await sharp(file).stats()).dominant.g).toBeGreaterThan(30);
      expectLevels((await preprocess(file, spec, limits)).pixels, [76, 76, 76, 76], 3);
    }
  });

  it('decodes a progressive JPEG to the same levels as a baseline one', async () => {
    const encode = (progressive: boolean) => encoder(face).jpeg({ progressive }).toBuffer();
    const [baseline, progressive] = await Promise.all([encode(false), encode(true)]);
    const straight = (await preprocess(baseline, spec, limits)).pixels;
    expect((await preprocess(progressive, spec, limits)).pixels).toEqual(straight);
  });

  it('reads gray JPEGs', async () => {
    const file = await encoder(quarters(200, 200)).toColourspace('b-w').jpeg().toBuffer();
    expect((await sharp(file).metadata()).channels).toBe(1);
    expectLevels((await preprocess(file, spec, limits)).pixels, [40, 100, 160, 220]);
  });

  it('ignores bytes after the end', async () => {
    const file = drawFaceJpeg({ age: 35, seed: 7 });
    const longer = Buffer.concat([file, Buffer.from('trailing \xff\xd8\xff bytes', 'latin1')]);
    const { pixels } = await preprocess(longer, spec, limits);
    expect(pixels).toEqual((await preprocess(file, spec, limits)).pixels);
  });

  it('reads an RGB JPEG through sharp', async () => {
    const file = await encoder(quarters(200, 200)).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer();
    const adobe = Buffer.from('\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0', 'latin1');
    const rgb = Buffer.concat([file.subarray(0, 2), adobe, file.subarray(2)]);
    const { pixels } = await preprocess(rgb, spec, limits);
    // The file's gray pixels have Cb = Cr = 128, which are now read as green and blue.
    const luma = (level: number) => 0.299 * level + 0.701 * 128;
    expectLevels(pixels, [40, 100, 160, 220].map(luma), 2);
  });
});

describe('preprocess of large photos', () => {
  const large = drawFaceRgb({ age: 35, seed: 7, size: 1600 });

  it.each(['jpeg', 'png', 'webp'] as const)(
    'shrinks a %s as evenly as a small one',
    async (format) => {
      const file = await encoder(large).toFormat(format, { quality: 95 }).toBuffer();
      expect((await difference(file)).mean).toBeLessThan(1);
    },
  );

  it('decodes medium photos off the event loop to the same levels', async () => {
    const medium = drawFaceJpeg({ age: 35, seed: 7, size: 900 });
    expect((await difference(medium)).mean).toBeLessThan(1);
  });

  it('takes the center of a long strip', async () => {
    const strip = paint(64, 5000, (_, y) => (y >= 2400 && y < 2600 ? [200, 200, 200] : [0, 0, 0]));
    const long = paint(5000, 64, (x) => (x >= 2400 && x < 2600 ? [200, 200, 200] : [0, 0, 0]));
    for (const picture of [strip, long]) {
      const file = await encoder(picture).png().toBuffer();
      const { pixels } = await preprocess(file, spec, limits);
      expect(pixels.every((level) => level === 200)).toBe(true);
    }
  });
});
