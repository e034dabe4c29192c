import { setImmediate } from 'node:timers/promises';
import type { GreyPicture } from './grey-picture.ts';
import { coverPlan, resampleRows } from './resample.ts';
import type { Size } from './size.ts';

/** Source pixels resampled in one go: about a millisecond's worth. */
export const SLICE_PIXELS = 1 << 18;

/** Crops the picture's centre to the target's shape and resamples it, at once. */
export function cover(picture: GreyPicture, target: Size): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(target.width * target.height);
  resampleRows(coverPlan(sizeOf(picture), target), picture, output, 0, target.height);
  return output;
}

/** The same for a picture of any size, letting the event loop breathe between slices. */
export async function coverInSlices(
  picture: GreyPicture,
  target: Size,
): Promise<Uint8Array<ArrayBuffer>> {
  const slices = Math.ceil((picture.width * picture.height) / SLICE_PIXELS);
  if (slices <= 1) return cover(picture, target);
  const plan = coverPlan(sizeOf(picture), target);
  const output = new Uint8Array(target.width * target.height);
  const firstRow = (slice: number) => Math.floor((slice * target.height) / slices);
  for (let slice = 0; slice < slices; slice++) {
    resampleRows(plan, picture, output, firstRow(slice), firstRow(slice + 1));
    await setImmediate();
  }
  return output;
}

function sizeOf({ width, height }: GreyPicture): Size {
  return { width, height };
}
