import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { GuardedPreprocess } from '../../../src/inference/decoding/guarded-preprocess.ts';
import { reencodePhoto } from '../../../src/inference/preprocess/reencode.ts';
import {
  encoder,
  limits,
  paint,
  quarterLevels,
  quarters,
  sixteenBit,
  withOrientation,
} from '../../support/pictures.ts';

const guarded = new GuardedPreprocess({
  ...{ memoryBytes: 256_000_000, maxCpuMs: 5000, deadlineMs: 10_000 },
});
afterAll(() => guarded.close());

const maxSide = 1024;

async function levelsOf(jpeg: Uint8Array): Promise<number[]> {
  const pixels = await sharp(jpeg).resize(120, 120, { fit: 'fill' }).grayscale().raw().toBuffer();
  return quarterLevels(pixels);
}

function expectNear(levels: readonly number[], expected: readonly number[]): void {
  for (const [index, level] of levels.entries())
    expect(Math.abs(level - expected[index]!)).toBeLessThan(6);
}

describe('encoding a photo again', () => {
  it.each([
    [1, [40, 100, 160, 220]],
    [2, [100, 40, 220, 160]],
    [3, [220, 160, 100, 40]],
    [4, [160, 220, 40, 100]],
    [5, [40, 160, 100, 220]],
    [6, [160, 40, 220, 100]],
    [7, [220, 100, 160, 40]],
    [8, [100, 220, 40, 160]],
  ] as const)('turns a photo with EXIF orientation %i upright', async (orientation, expected) => {
    const stored = await encoder(quarters(80, 40)).jpeg({ quality: 95 }).toBuffer();
    const { jpeg, width, height } = await reencodePhoto(
      withOrientation(stored, orientation),
      { maxSide },
      limits,
    );
    expect([width, height]).toEqual(orientation >= 5 ? [40, 80] : [80, 40]);
    const metadata = await sharp(jpeg).metadata();
    expect([metadata.width, metadata.orientation, metadata.exif]).toEqual([
      width,
      undefined,
      undefined,
    ]);
    expectNear(await levelsOf(jpeg), expected);
    // A quarter as displayed.
    const part = { region: { left: 0, top: 0, width: width / 2, height: height / 2 } };
    const quarter = await reencodePhoto(
      withOrientation(stored, orientation),
      { part, maxSide },
      limits,
    );
    expectNear(await levelsOf(quarter.jpeg), Array<number>(4).fill(expected[0]));
  });

  it('cuts the part to the photo and reduces it', async () => {
    const file = await encoder(quarters(400, 300)).png().toBuffer();
    const part = { region: { left: -10.5, top: 100.2, width: 300, height: 900 } };
    const { region, width, height } = await reencodePhoto(file, { part, maxSide: 145 }, limits);
    expect(region).toEqual({ left: 0, top: 100, width: 290, height: 200 });
    expect([width, height]).toEqual([145, 100]);
    const outside = { region: { left: 500, top: 0, width: 10, height: 10 } };
    await expect(reencodePhoto(file, { part: outside, maxSide }, limits)).rejects.toMatchObject({
      code: 'crop_outside_image',
    });
  });

  it('paints parts over, except for what must stay visible', async () => {
    const file = await encoder(paint(100, 100, () => [250, 250, 250]))
      .png()
      .toBuffer();
    const hide = {
      regions: [{ left: 50, top: 0, width: 80, height: 100 }],
      except: { left: 0, top: 0, width: 100, height: 50 },
    };
    const { jpeg } = await reencodePhoto(file, { hide, maxSide }, limits);
    expectNear(await levelsOf(jpeg), [250, 250, 250, 128]);
  });

  it('leaves nothing of metadata, profiles and text', async () => {
    const file = await encoder(quarters(80, 40))
      .withExif({ IFD0: { Artist: 'Somebody' }, IFD3: { GPSLatitudeRef: 'N' } })
      .withIccProfile('p3')
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">Somewhere</x:xmpmeta>')
      .jpeg()
      .toBuffer();
    const { jpeg } = await reencodePhoto(file, { maxSide }, limits);
    const { exif, icc, xmp } = await sharp(jpeg).metadata();
    expect([exif, icc, xmp]).toEqual([undefined, undefined, undefined]);
    const text = Buffer.from(jpeg).toString('latin1');
    expect(text).not.toMatch(/Some|Exif|http/);
  });

  it('refuses what is damaged or has too many pixels', async () => {
    const png = await encoder(quarters(80, 40)).png().toBuffer();
    const cut = reencodePhoto(png.subarray(0, 120), { maxSide }, limits);
    await expect(cut).rejects.toMatchObject({ code: 'image_undecodable' });
    const large = reencodePhoto(png, { maxSide }, { maxPixels: 3_000 });
    await expect(large).rejects.toMatchObject({ code: 'too_many_pixels' });
  });

  it.each([
    ['a JPEG', () => encoder(quarters(80, 40)).jpeg().toBuffer()],
    ['a PNG of 16 bits', () => sixteenBit(quarters(80, 40)).png().toBuffer()],
    ['a gray PNG', () => encoder(quarters(80, 40)).grayscale().png().toBuffer()],
    ['a CMYK JPEG', () => encoder(quarters(80, 40)).toColourspace('cmyk').jpeg().toBuffer()],
    ['a GIF', () => encoder(quarters(80, 40)).gif().toBuffer()],
  ])('gives the same within the budgets of decoding for %s', async (_, make) => {
    const file = await make();
    const expected = await reencodePhoto(file, { maxSide }, limits);
    const actual = await guarded.reencode(file, { maxSide }, limits);
    expect(Buffer.compare(actual.jpeg, expected.jpeg)).toBe(0);
    expect(actual.region).toEqual(expected.region);
    const levels = await levelsOf(actual.jpeg);
    expect(levels.toSorted((one, other) => one - other)).toEqual(levels);
  });

  it('passes on the faults of a photo that the child process refuses', async () => {
    const png = await encoder(quarters(80, 40)).png().toBuffer();
    const cut = guarded.reencode(png.subarray(0, 120), { maxSide }, limits);
    await expect(cut).rejects.toMatchObject({ code: 'image_undecodable' });
  });
});
