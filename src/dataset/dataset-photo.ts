import type { Groups } from './labelled-file.ts';

/** A photo that was read, preprocessed and found to be one of a kind. */
export interface DatasetPhoto {
  /** Relative to the data set's location. */
  key: string;
  /** Years, as labelled. */
  age: number;
  split: string;
  groups: Groups;
  /** Row of its pixels in the cache. */
  place: number;
}

/** The SHA-256 of a photo's file by the place of its pixels, one character per byte. */
export type HashAt = (place: number) => string;
