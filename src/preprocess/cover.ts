import { setImmediate } from 'node:timers/promises';
import type { GreyPicture } from './grey-picture.ts';
import { coverPlan } from './resample-plan.ts';
import { resampleRows } from './resample.ts';
import { wholeOf, type Region } from './region.ts';
import type { Size } from './size.ts';

/** Source pixels resampled in one go: about a millisecond's worth. */
export const SLICE_PIXELS = 1 << 18;

/**
 * Crops the centre of the picture, or of a region of it, to the target's shape and resamples it, at once.
 * @param region by default the whole picture
 */
export function cover(
  picture: GreyPicture,
  target: Size,
  region?: Region,
): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(target.width * target.height);
  resampleRows(coverPlan(sizeOf(picture), target, region), picture, output, 0, target.height);
  return output;
}

/** The same for a region of any size, letting the event loop breathe between slices. */
export async function coverInSlices(
  picture: GreyPicture,
  target: Size,
  region: Region = wholeOf(picture),
): Promise<Uint8Array<ArrayBuffer>> {
  const slices = Math.ceil((region.width * region.height) / SLICE_PIXELS);
  if (slices <= 1) return cover(picture, target, region);
  const plan = coverPlan(sizeOf(picture), target, region);
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
