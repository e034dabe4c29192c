import { encoder, paint } from './pictures.ts';

/** A JPEG of one grey level; FakeEngine takes level 255 × age / 100 for the age. */
export async function greyJpeg(level: number, side = 64): Promise<Buffer> {
  return encoder(paint(side, side, () => [level, level, level]))
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** The grey level that FakeEngine answers with this age. */
export const levelOfAge = (age: number): number => Math.round((age / 100) * 255);
