import { encoder, paint } from './pictures.ts';

/** A JPEG of one gray level; FakeEngine estimates the level 255 × age / 100 as that age. */
export async function grayJpeg(level: number, side = 64): Promise<Buffer> {
  return encoder(paint(side, side, () => [level, level, level]))
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** The gray level that FakeEngine estimates as this age. */
export const levelOfAge = (age: number): number => Math.round((age / 100) * 255);
