import { closeSync, openSync, readSync } from 'node:fs';
import { shardIndexOf, type PhotoShard } from '../../dataset/shards.ts';

/**
 * References some of the photos of a cache: everything a thread needs to read them, without the pixels. It can be posted
 * to workers, which then share its arrays.
 */
export interface PhotoSet {
  count: number;
  side: number;
  /** Labeled ages in years. */
  ages: Uint8Array;
  /** Weight of each photo in the loss: weight 2 counts as much as two photos of weight 1. */
  weights: Float32Array;
  /** The cache rows of the photos, counted across all shards. */
  rows: Uint32Array;
  shards: readonly PhotoShard[];
}

/**
 * @param cache holds rows of side × side gray levels
 * @param weight weight of each photo in the loss
 */
export function createPhotoSet(
  { side, shards }: { side: number; shards: readonly PhotoShard[] },
  photos: readonly { age: number; row: number }[],
  weight = 1,
): PhotoSet {
  const set = emptyPhotoSet(photos.length, side, shards);
  set.weights.fill(weight);
  photos.forEach(({ age, row }, index) => {
    set.ages[index] = age;
    set.rows[index] = row;
  });
  return set;
}

/**
 * Concatenates two photo sets.
 * @throws Error if their sides differ
 */
export function joinPhotoSets(one: PhotoSet, other: PhotoSet): PhotoSet {
  if (one.side !== other.side)
    throw new Error(`photo sets with sides ${one.side} and ${other.side} cannot be joined`);
  const ownRows = one.shards.reduce((sum, { count }) => sum + count, 0);
  const moved = other.shards.map((shard) => ({ ...shard, first: shard.first + ownRows }));
  const joint = emptyPhotoSet(one.count + other.count, one.side, [...one.shards, ...moved]);
  for (const [set, start, shift] of [
    [one, 0, 0],
    [other, one.count, ownRows],
  ] as const) {
    joint.ages.set(set.ages, start);
    joint.weights.set(set.weights, start);
    joint.rows.set(
      set.rows.map((row) => row + shift),
      start,
    );
  }
  return joint;
}

function emptyPhotoSet(count: number, side: number, shards: readonly PhotoShard[]): PhotoSet {
  const words = () => new SharedArrayBuffer(count * Uint32Array.BYTES_PER_ELEMENT);
  return {
    count,
    side,
    ages: new Uint8Array(new SharedArrayBuffer(count)),
    weights: new Float32Array(words()),
    rows: new Uint32Array(words()),
    shards,
  };
}

/** Reads the pixels of the photos of a set, on any thread. It relies on the page cache of the operating system. */
export class PhotoReader {
  readonly #photos: PhotoSet;
  readonly #length: number;
  /** File descriptors by file, opened on first use. */
  readonly #descriptors = new Map<string, number>();

  constructor(photos: PhotoSet) {
    this.#photos = photos;
    this.#length = photos.side * photos.side;
  }

  /**
   * Fills `target`, or a new array, with side × side gray levels.
   * @throws Error if the cache was removed or truncated in the meantime
   */
  read(index: number, target = new Uint8Array(this.#length)): Uint8Array {
    const { rows, shards } = this.#photos;
    const row = rows[index]!;
    const { file, first } = shards[shardIndexOf(shards, row)]!;
    const bytes = readSync(this.#open(file), target, 0, this.#length, (row - first) * this.#length);
    if (bytes === this.#length) return target;
    throw new Error(`${file} was truncated; restart to cache its photos again`);
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor);
    this.#descriptors.clear();
  }

  #open(file: string): number {
    const descriptor = this.#descriptors.get(file) ?? openSync(file, 'r');
    this.#descriptors.set(file, descriptor);
    return descriptor;
  }
}
