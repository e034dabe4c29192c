import { DETECTOR_OUTPUTS, DETECTOR_SIDE } from './faces/anchors.ts';
import type { Detect } from './faces/view.ts';
import { Pyramid } from './faces/pyramid.ts';
import type { EngineModel } from './engine/engine.ts';
import { preprocess, type PhotoCrop } from './preprocess/preprocess.ts';
import {
  pictureSizeOf,
  type PhotoFacts,
  type PreprocessedPhoto,
  type PreprocessLimits,
  type SearchSpec,
} from './preprocess/spec.ts';

/** More squares in one run take longer to arrive than they save. */
export const DETECTOR_MAX_BATCH = 8;

/**
 * Runs a loaded detector directly, for commands and training; the server batches across requests instead. Several photos
 * may be searched at the same time: the runs follow one another.
 */
export function detectWith(model: Pick<EngineModel, 'run'>): Detect {
  const run = oneAfterAnother((pixels: Uint8Array, count: number) => model.run(pixels, count));
  return async (squares) => {
    const outputs: Float32Array[] = [];
    for (let start = 0; start < squares.length; start += DETECTOR_MAX_BATCH) {
      const batch = squares.slice(start, start + DETECTOR_MAX_BATCH);
      const output = await run(joined(batch), batch.length);
      for (let row = 0; row < batch.length; row += 1) {
        outputs.push(output.subarray(row * DETECTOR_OUTPUTS, (row + 1) * DETECTOR_OUTPUTS));
      }
    }
    return outputs;
  };
}

/** Starts each call after the call before it has ended, also if that failed. */
function oneAfterAnother<Given extends unknown[], Result>(
  call: (...given: Given) => Promise<Result>,
): (...given: Given) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (...given) => {
    const result = last.then(() => call(...given));
    last = result.catch(() => undefined);
    return result;
  };
}

function joined(squares: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(squares.length * DETECTOR_SIDE ** 2);
  for (const [index, square] of squares.entries()) pixels.set(square, index * DETECTOR_SIDE ** 2);
  return pixels;
}

/** A photo as displayed, or a part of it, in gray and at a size that suits finding faces. */
export interface WorkingPicture {
  pyramid: Pyramid;
  /** Red, green and blue, for a network that takes color. */
  colors?: readonly Pyramid[] | undefined;
  /** Pixels of the photo per pixel of the picture; 1 or more. */
  scale: number;
  /** Of the part that was asked for. */
  photo: PhotoFacts;
  /** Where that part begins in the photo. */
  origin: { left: number; top: number };
}

/** Long side of the picture in which faces are searched. The smallest tiles then show it at about its own scale. */
export const WORKING_SIDE = 640;

/** What `preprocess` converts a photo to for finding faces in it. */
export function searchSpec(maxSide = WORKING_SIDE): SearchSpec {
  return { fit: 'inside', maxSide };
}

/** @param preprocessed with `spec` */
export function workingPicture(
  { pixels, colors, photo, origin }: PreprocessedPhoto,
  spec: SearchSpec,
): WorkingPicture {
  const size = pictureSizeOf(spec, photo);
  const scale = Math.max(photo.width, photo.height) / Math.max(size.width, size.height);
  const pyramidOf = (gray: Uint8Array) => new Pyramid({ ...size, gray });
  return { pyramid: pyramidOf(pixels), colors: colors?.map(pyramidOf), scale, photo, origin };
}

/**
 * Decodes a photo for finding faces, without budgets: for commands and training.
 * @throws as `preprocess`
 */
export async function readWorkingPicture(
  bytes: Uint8Array,
  limits: PreprocessLimits,
  maxSide = WORKING_SIDE,
  crop?: PhotoCrop,
): Promise<WorkingPicture> {
  const spec = searchSpec(maxSide);
  return workingPicture(await preprocess(bytes, spec, limits, crop), spec);
}
