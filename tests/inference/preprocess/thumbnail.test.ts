import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { thumbnailJpeg } from '../../../src/inference/preprocess/sharp-image.ts';
import { encoder, quarters, withOrientation } from '../../support/pictures.ts';

describe('thumbnailJpeg', () => {
  it('is small, upright and without metadata', async () => {
    const jpeg = await encoder(quarters(200, 100)).jpeg().toBuffer();
    const thumbnail = await thumbnailJpeg(withOrientation(jpeg, 6), 50);
    const { width, height, format, exif, orientation } = await sharp(thumbnail).metadata();
    expect({ width, height, format }).toEqual({ width: 25, height: 50, format: 'jpeg' });
    expect([exif, orientation]).toEqual([undefined, undefined]);
  });

  it('does not enlarge', async () => {
    const small = await encoder(quarters(20, 30)).png().toBuffer();
    expect(await sharp(await thumbnailJpeg(small, 160)).metadata()).toMatchObject({
      width: 20,
      height: 30,
    });
  });
});
