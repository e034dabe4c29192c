import { readFile } from 'node:fs/promises';
import { preprocess } from '../preprocess/preprocess.ts';
import type { PreprocessSpec } from '../preprocess/spec.ts';
import type { LabelledPhoto } from './labels.ts';
import { createPhotoSet, photoAt, type PhotoSet } from './photo-set.ts';

const CONCURRENCY = 4;
const MAX_PIXELS = 100_000_000;

/** A training photo that cannot be read; the message names the file. */
export class UnreadablePhotoError extends Error {
  override readonly name = 'UnreadablePhotoError';
}

/**
 * Reads and preprocesses photos, through the very function that serves.
 * @throws UnreadablePhotoError at the first one that cannot be read
 */
export async function loadPhotos(
  labelled: readonly LabelledPhoto[],
  spec: PreprocessSpec,
): Promise<PhotoSet> {
  const photos = createPhotoSet(labelled.length, spec.width);
  const queue = labelled.entries();
  const work = async () => {
    for (const [index, { file, age }] of queue) {
      photoAt(photos, index).set(await pixelsOf(file, spec));
      photos.ages[index] = age;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return photos;
}

async function pixelsOf(file: string, spec: PreprocessSpec): Promise<Uint8Array> {
  try {
    return (await preprocess(await readFile(file), spec, { maxPixels: MAX_PIXELS })).pixels;
  } catch (error) {
    throw new UnreadablePhotoError(`cannot read ${file}`, { cause: error });
  }
}
