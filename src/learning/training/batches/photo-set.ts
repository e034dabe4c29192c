import { closeSync, openSync, readSync } from 'node:fs';
import { MAX_AGE, type AgeRange } from '../../dataset/age-range.ts';
import { shardIndexOf, type PhotoShard } from '../../dataset/shards.ts';

/**
 * References some of the photos of a cache: everything a thread needs to read them, without the pixels. It can be posted
 * to workers, which then share its arrays.
 */
export interface PhotoSet {
  count: number;
  /** Width and height of the network's input, in pixels. */
  side: number;
  /** Width and height of the cached pictures: larger than `side` where they also show what surrounds the network's input. */
  storedSide: number;
  /** The ends of the labeled ages in years; equal where an age is known exactly. */
  minAges: Uint8Array;
  maxAges: Uint8Array;
  /** 1 for the picture of a framed face, 0 for any other. */
  isFace: Uint8Array;
  /** Weight of each photo in the loss of the age: weight 2 counts as much as two photos of weight 1. */
  weights: Float32Array;
  /** The cache rows of the photos, counted across all shards. */
  rows: Uint32Array;
  shards: readonly PhotoShard[];
}

/** Pictures in a cache, of which the middle is the network's input. */
export type CachedPictures = Pick<PhotoSet, 'side' | 'shards'> &
  Partial<Pick<PhotoSet, 'storedSide'>>;

/**
 * References photos of faces.
 * @param cache holds rows of storedSide × storedSide gray levels
 * @param weight weight of each photo in the loss
 */
export function createPhotoSet(
  cache: CachedPictures,
  photos: readonly { age: AgeRange; row: number }[],
  weight = 1,
): PhotoSet {
  const set = emptyPhotoSet(photos.length, cache);
  set.weights.fill(weight);
  set.isFace.fill(1);
  photos.forEach(({ age, row }, index) => {
    set.minAges[index] = age.min;
    set.maxAges[index] = age.max;
    set.rows[index] = row;
  });
  return set;
}

/** References pictures that show no framed face: any age fits them, and they have no weight in its loss. */
export function createNegativeSet(
  cache: CachedPictures,
  pictures: readonly { row: number }[],
): PhotoSet {
  const set = emptyPhotoSet(pictures.length, cache);
  set.maxAges.fill(MAX_AGE);
  pictures.forEach(({ row }, index) => (set.rows[index] = row));
  return set;
}

/**
 * Concatenates two photo sets.
 * @throws Error if their sides differ
 */
export function joinPhotoSets(one: PhotoSet, other: PhotoSet): PhotoSet {
  const [sides, others] = [one, other].map(({ side, storedSide }) => `${side} of ${storedSide}`);
  if (sides !== others)
    throw new Error(`photo sets with sides ${sides} and ${others} cannot be joined`);
  const ownRows = one.shards.reduce((sum, { count }) => sum + count, 0);
  const moved = other.shards.map((shard) => ({ ...shard, first: shard.first + ownRows }));
  const joint = emptyPhotoSet(one.count + other.count, {
    ...one,
    shards: [...one.shards, ...moved],
  });
  for (const [set, start, shift] of [
    [one, 0, 0],
    [other, one.count, ownRows],
  ] as const) {
    joint.minAges.set(set.minAges, start);
    joint.maxAges.set(set.maxAges, start);
    joint.isFace.set(set.isFace, start);
    joint.weights.set(set.weights, start);
    joint.rows.set(
      set.rows.map((row) => row + shift),
      start,
    );
  }
  return joint;
}

/** Repeats the photos of a set in turn until there are `count`. */
export function repeatPhotos(set: PhotoSet, count: number): PhotoSet {
  const repeated = emptyPhotoSet(count, set);
  for (let index = 0; index < count; index++) {
    const from = index % set.count;
    for (const name of ['minAges', 'maxAges', 'isFace', 'weights', 'rows'] as const)
      repeated[name][index] = set[name][from]!;
  }
  return repeated;
}

function emptyPhotoSet(
  count: number,
  { side, storedSide = side, shards }: CachedPictures,
): PhotoSet {
  const bytes = () => new Uint8Array(new SharedArrayBuffer(count));
  const words = () => new SharedArrayBuffer(count * Uint32Array.BYTES_PER_ELEMENT);
  return {
    count,
    side,
    storedSide,
    minAges: bytes(),
    maxAges: bytes(),
    isFace: bytes(),
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
    this.#length = photos.storedSide * photos.storedSide;
  }

  /**
   * Fills `target`, or a new array, with the network's input: the middle side × side gray levels of the cached picture.
   * @throws Error if the cache was removed or truncated in the meantime
   */
  read(index: number, target = new Uint8Array(this.#photos.side * this.#photos.side)): Uint8Array {
    const { side, storedSide } = this.#photos;
    if (side === storedSide) return this.readStored(index, target);
    const stored = this.readStored(index);
    const margin = (storedSide - side) / 2;
    for (let y = 0; y < side; y++) {
      const start = (y + margin) * storedSide + margin;
      target.set(stored.subarray(start, start + side), y * side);
    }
    return target;
  }

  /**
   * Fills `target`, or a new array, with the storedSide × storedSide gray levels of the cached picture.
   * @throws Error if the cache was removed or truncated in the meantime
   */
  readStored(index: number, target = new Uint8Array(this.#length)): Uint8Array {
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
