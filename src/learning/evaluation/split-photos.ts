import type { Dataset } from '../dataset/dataset.ts';
import type { DatasetPhoto } from '../dataset/dataset.ts';
import type { PhotoToEvaluate } from './evaluated-photo.ts';

/** Photos of any split. */
const ALL = 'all';

/**
 * The photos that a command line's split names.
 * @throws Error naming the splits that there are, where it has none
 */
export function photosOfSplit(dataset: Dataset, split: string): readonly DatasetPhoto[] {
  const wanted = split === ALL ? dataset.photos : dataset.photosOf(split);
  if (wanted.length > 0) return wanted;
  const splits = [...new Set(dataset.photos.map((photo) => photo.split))];
  throw new Error(
    `No photo of ${dataset.location} is in split "${split}"; its splits are ${splits.join(', ') || 'none'}.`,
  );
}

/** A photo of a data set, as judging takes it. */
export function toEvaluate(dataset: Dataset, photo: DatasetPhoto): PhotoToEvaluate {
  const { key: file, age, groups } = photo;
  return { file, age, groups, read: () => dataset.fileOf(photo) };
}
