import { isDeepStrictEqual } from 'node:util';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';

export interface CopyAnswer {
  estimate: AgeEstimate;
  model: LoadedModel;
  /** Of its batch. */
  inferenceMs: number;
}

/** Whether two versions see a photo as the same grey levels; how each normalises them is its engine's business. */
export function seeTheSame(a: LoadedModel, b: LoadedModel): boolean {
  return isDeepStrictEqual(levelsOf(a), levelsOf(b));
}

function levelsOf({ manifest }: LoadedModel) {
  const { width, height, channels, fit, kernel, grayscale } = manifest.preprocess;
  return { width, height, channels, fit, kernel, grayscale };
}

/**
 * Has another version answer a photo that has got its answer.
 * @param pixels of a version that sees the same
 * @throws ServiceError where no model serves, its queue is full or it fails
 */
export async function answerCopy(
  models: Pick<ModelManager, 'borrow'>,
  pixels: Uint8Array,
): Promise<CopyAnswer> {
  const borrowed = models.borrow();
  const { model } = borrowed;
  try {
    const place = model.batcher.reserve(1);
    try {
      const { output, inferenceMs } = await place.submit(pixels);
      const estimate = model.head.interpret(output);
      return { estimate, model, inferenceMs };
    } finally {
      place.release();
    }
  } finally {
    borrowed.release();
  }
}
