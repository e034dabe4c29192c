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
