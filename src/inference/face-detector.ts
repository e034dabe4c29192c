import type { EngineModel } from './engine/engine.ts';
import { DETECTOR_OUTPUTS, DETECTOR_SIDE } from './faces/anchors.ts';
import type { Detect } from './faces/find-faces.ts';
import { Pyramid } from './faces/sample.ts';
import { readPhotoFacts } from './preprocess/photo-header.ts';
import { preprocess } from './preprocess/preprocess.ts';
import {
  defaultPreprocessSpec,
  type PhotoFacts,
  type PreprocessLimits,
} from './preprocess/spec.ts';

/** More squares in one run take longer to arrive than they save. */
const MAX_BATCH = 8;

/** Runs a loaded detector directly, for commands and training; the server batches across requests instead. */
export function detectWith(model: Pick<EngineModel, 'run'>): Detect {
  return async (squares) => {
    const outputs: Float32Array[] = [];
    for (let start = 0; start < squares.length; start += MAX_BATCH) {
      const batch = squares.slice(start, start + MAX_BATCH);
      const output = await model.run(joined(batch), batch.length);
      for (let row = 0; row < batch.length; row += 1) {
        outputs.push(output.subarray(row * DETECTOR_OUTPUTS, (row + 1) * DETECTOR_OUTPUTS));
      }
    }
    return outputs;
  };
}

function joined(squares: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(squares.length * DETECTOR_SIDE ** 2);
  for (const [index, square] of squares.entries()) pixels.set(square, index * DETECTOR_SIDE ** 2);
  return pixels;
}

/** A photo as displayed, in gray and at a size that suits finding faces. */
export interface WorkingPicture {
  pyramid: Pyramid;
  /** Pixels of the photo per pixel of the picture; 1 or more. */
  scale: number;
  photo: PhotoFacts;
}

/** Long side of the picture in which faces are searched. The smallest tiles then show it at about its own scale. */
export const WORKING_SIDE = 640;

/**
 * Decodes a photo for finding faces.
 * @throws as `preprocess`
 */
export async function readWorkingPicture(
  bytes: Uint8Array,
  limits: PreprocessLimits,
  maxSide = WORKING_SIDE,
): Promise<WorkingPicture> {
  const { width, height } = await readPhotoFacts(bytes);
  const scale = Math.max(1, Math.max(width, height) / maxSide);
  const size = { width: Math.round(width / scale), height: Math.round(height / scale) };
  const { pixels, photo } = await preprocess(bytes, { ...defaultPreprocessSpec, ...size }, limits);
  return { pyramid: new Pyramid({ ...size, gray: pixels }), scale, photo };
}
