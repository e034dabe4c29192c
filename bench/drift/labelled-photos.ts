import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readS3Options } from '../../src/common/config/config.ts';
import type { Dataset } from '../../src/learning/dataset/dataset.ts';
import { openDataset } from '../../src/learning/dataset/open-dataset.ts';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { defaultPreprocessSpec } from '../../src/inference/preprocess/spec.ts';

/** A photo in memory. */
export interface LabelledPhoto {
  /** Years. */
  age: number;
  bytes: Buffer;
}

/** Drawn people, ages spread evenly over 0 … 90. */
export function drawnPhotos(count: number): LabelledPhoto[] {
  return Array.from({ length: count }, (_, seed) => {
    const age = (seed * 37) % 91;
    return { age, bytes: drawFaceJpeg({ age, seed }) };
  });
}

/** The validation photos of a data set. */
export async function validationPhotos(location: string, cache: string): Promise<LabelledPhoto[]> {
  const dataset = await open(location, cache);
  return Promise.all(
    dataset.photosOf('val').map(async (photo) => ({
      age: photo.age,
      bytes: await dataset.fileOf(photo),
    })),
  );
}

/** Writes photos into a folder as the validation photos of a data set, and opens it. */
export async function datasetOf(
  photos: readonly LabelledPhoto[],
  folder: string,
  cache: string,
): Promise<Dataset> {
  await mkdir(join(folder, 'val'), { recursive: true });
  const lines = ['file,age'];
  for (const [index, { age, bytes }] of photos.entries()) {
    await writeFile(join(folder, 'val', `${index}.jpg`), bytes);
    lines.push(`val/${index}.jpg,${age}`);
  }
  await writeFile(join(folder, 'labels.csv'), `${lines.join('\n')}\n`);
  return open(folder, cache);
}

function open(location: string, cacheRoot: string): Promise<Dataset> {
  return openDataset({
    source: { location, s3: readS3Options() },
    spec: defaultPreprocessSpec,
    cacheRoot,
    valShare: 0.1,
    tuningShare: 0,
  });
}
