import type { Dataset, DatasetPhoto } from '../dataset/dataset.ts';
import { splitNamed } from '../dataset/labels/split-names.ts';
import type { PhotoToEvaluate } from './evaluated-photo.ts';

/** Stands for all splits. */
const ALL = 'all';

/**
 * Returns the photos of a split, or of all splits for `all`.
 * @throws Error listing the available splits if there are no such photos
 */
export function photosOfSplit(dataset: Dataset, split: string): readonly DatasetPhoto[] {
  const photos = split === ALL ? dataset.photos : dataset.photosOf(splitNamed(split) ?? split);
  if (photos.length > 0) return photos;
  const splits = [...new Set(dataset.photos.map((photo) => photo.split))];
  throw new Error(
    `No photo of ${dataset.location} is in split "${split}"; its splits are ${splits.join(', ') || 'none'}.`,
  );
}

/** Converts a photo of a dataset for the evaluation. */
export function toEvaluate(dataset: Dataset, photo: DatasetPhoto): PhotoToEvaluate {
  const { key: file, age, groups, source } = photo;
  return { file, age, groups, source, read: () => dataset.fileOf(photo) };
}
