import type { Groups } from './labeled-file.ts';

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

/** Preprocessed photos in one file, row after row. */
export interface PhotoShard {
  /** Absolute path. */
  file: string;
  /** Place of its first row; shards follow one another. */
  first: number;
  count: number;
}

/** Which shard holds a place. */
export function shardIndexOf(shards: readonly PhotoShard[], place: number): number {
  let [low, high] = [0, shards.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (shards[middle]!.first <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}
