import { thumbnailJpeg } from '../inference/preprocess/sharp-image.ts';
import type { AnsweredPhoto } from './judged-photo.ts';
import type { ShownPhoto } from './report/report.ts';

const SIDE_PIXELS = 160;

/** The photos whose mean age is furthest off, worst first, small. */
export async function worstPhotos(
  answered: readonly AnsweredPhoto[],
  count: number,
): Promise<ShownPhoto[]> {
  const errorOf = ({ age, estimate }: AnsweredPhoto) => Math.abs(estimate.mean - age);
  const worst = answered.toSorted((a, b) => errorOf(b) - errorOf(a)).slice(0, count);
  return Promise.all(
    worst.map(async ({ read, age, estimate }) => ({
      jpeg: await thumbnailJpeg(await read(), SIDE_PIXELS),
      age,
      predicted: estimate.mean,
    })),
  );
}
