import type { Dataset } from '../../src/dataset/dataset.ts';
import type { DatasetPhoto } from '../../src/dataset/dataset-photo.ts';
import { describeSummary } from '../../src/dataset/summary.ts';
import { createPhotoSet, type PhotoSet } from '../../src/training/photo-set.ts';
import { readDataset } from '../photos/read-dataset.ts';
import type { TrainingWish } from './wish.ts';

const TUNING_SHARE = 0.1;

/** The photos of a run. */
export interface TrainingPhotos {
  dataset: Dataset;
  train: PhotoSet;
  validation: PhotoSet;
  /** The validation photos, in the set's order. */
  labelled: readonly DatasetPhoto[];
  validationSplit: string;
}

/**
 * Opens the data set, caches what is not cached yet and says what was found.
 * @throws Error where there is nothing to train on or to validate with
 */
export async function openPhotos(wish: TrainingWish): Promise<TrainingPhotos> {
  const dataset = await readDataset({ ...wish, tuningShare: wish.tuning ? TUNING_SHARE : 0 });
  console.log(describeSummary(dataset));
  const validationSplit = wish.tuning ? 'tuning' : 'val';
  const labelled = dataset.photosOf(validationSplit);
  const validation = createPhotoSet(dataset, labelled);
  const train = createPhotoSet(dataset, dataset.photosOf('train'));
  if (train.count > 0 && validation.count > 0)
    return { dataset, train, validation, labelled, validationSplit };
  throw new Error(
    `${dataset.location} has ${train.count} photos in split "train" and ${validation.count} in "${validationSplit}"; ` +
      'both need some: check its split column or folders, and --val-share',
  );
}
