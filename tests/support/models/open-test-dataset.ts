import { openDataset, type DatasetOptions } from '../../../src/learning/dataset/open-dataset.ts';
import type { Dataset } from '../../../src/learning/dataset/dataset.ts';
import { createPhotoSet, PhotoReader } from '../../../src/learning/training/batches/photo-set.ts';
import { defaultPreprocessSpec } from '../../../src/inference/preprocess/spec.ts';
import { s3Defaults } from '../s3-defaults.ts';

/** Small, for speed. */
export const testSpec = { ...defaultPreprocessSpec, width: 24, height: 24 };

/** Opens a dataset as training does, and returns how many photos were preprocessed. */
export async function openTestDataset(
  location: string,
  cacheRoot: string,
  options: Partial<DatasetOptions> = {},
): Promise<{ dataset: Dataset; built: number }> {
  let built = 0;
  const dataset = await openDataset({
    source: { location, s3: s3Defaults },
    spec: testSpec,
    cacheRoot,
    valShare: 0.1,
    tuningShare: 0,
    onProgress: (done) => (built = done),
    ...options,
  });
  return { dataset, built };
}

/** Returns the pixels of every photo by key. */
export function pixelsByKey(dataset: Dataset): Map<string, Uint8Array> {
  const reader = new PhotoReader(createPhotoSet(dataset, dataset.photos));
  const pixels = dataset.photos.map(({ key }, index) => [key, reader.read(index)] as const);
  reader.close();
  return new Map(pixels);
}
