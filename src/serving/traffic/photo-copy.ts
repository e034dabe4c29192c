import { isDeepStrictEqual } from 'node:util';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import { framingOf, sameFraming } from '../../registry/framing.ts';
import type { AnsweredPhoto } from '../predict/answered-photo.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';
import { readOutputRow } from '../../inference/head/face-output.ts';

export interface CopyAnswer {
  estimate: AgeEstimate;
  model: LoadedModel;
  /** Of its batch. */
  inferenceMs: number;
}

/**
 * Whether two versions would bring an answered photo to the same gray levels: by the same preprocessing, and by the same framing
 * where its face was found. Each engine normalizes the levels itself.
 */
export function sharePreprocessing(
  { face }: Pick<AnsweredPhoto, 'face'>,
  a: LoadedModel,
  b: LoadedModel,
): boolean {
  if (!isDeepStrictEqual(levelsOf(a), levelsOf(b))) return false;
  return face === undefined || sameFraming(framingOf(a.manifest), framingOf(b.manifest));
}

function levelsOf({ manifest }: LoadedModel) {
  const { width, height, channels, fit, kernel, grayscale } = manifest.preprocess;
  return { width, height, channels, fit, kernel, grayscale };
}

/**
 * Answers an already answered photo with another version.
 * @param pixels from a version that shares its preprocessing
 * @throws ServiceError where no model serves, its queue is full, or it fails
 */
export async function answerCopy(
  models: Pick<ModelManager, 'borrow'>,
  pixels: Uint8Array,
): Promise<CopyAnswer> {
  const borrowed = models.borrow();
  const { model } = borrowed;
  try {
    const slot = model.batcher.reserve(1);
    try {
      const { output, inferenceMs } = await slot.submit(pixels);
      const estimate = model.head.interpret(readOutputRow(output, model.head).ages);
      return { estimate, model, inferenceMs };
    } finally {
      slot.release();
    }
  } finally {
    borrowed.release();
  }
}
