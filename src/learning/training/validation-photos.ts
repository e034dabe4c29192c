import type { DatasetPhoto } from '../dataset/dataset-photo.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { createPhotoSet, type PhotoSet } from './batches/photo-set.ts';

/** The photos that calibrate and judge a network, and that traffic is compared with. */
export interface ValidationPhotos {
  photos: PhotoSet;
  /** In the set's order. */
  labelled: readonly Pick<DatasetPhoto, 'age' | 'groups'>[];
  /** The bytes of a photo's file, by its place in the set; without it nothing is known of the photos' sizes. */
  fileAt?: (index: number) => Promise<Uint8Array>;
}

export function validationPhotosOf(dataset: Dataset, split: string): ValidationPhotos {
  const labelled = dataset.photosOf(split);
  return {
    photos: createPhotoSet(dataset, labelled),
    labelled,
    fileAt: (index) => dataset.fileOf(labelled[index]!),
  };
}
