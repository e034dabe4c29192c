import { closeSync, openSync, readSync } from 'node:fs';
import { shardIndexOf, type PhotoShard } from '../../dataset/dataset-photo.ts';

/**
 * Some of the photos of a cache: what a thread needs to read them, without their pixels. It can be posted to
 * workers, which then share its arrays.
 */
export interface PhotoSet {
  count: number;
  side: number;
  /** True ages, as labelled. */
  ages: Uint8Array;
  /** How much each counts in the loss of its batch: one of 2 as much as two of 1. */
  weights: Float32Array;
  /** The rows of the photos, counted through all shards. */
  places: Uint32Array;
  shards: readonly PhotoShard[];
}

/**
 * @param cached where rows of side × side grey levels are
 * @param weight of each photo
 */
export function createPhotoSet(
  { side, shards }: { side: number; shards: readonly PhotoShard[] },
  photos: readonly { age: number; place: number }[],
  weight = 1,
): PhotoSet {
  const set = emptyPhotoSet(photos.length, side, shards);
  set.weights.fill(weight);
  photos.forEach(({ age, place }, index) => {
    set.ages[index] = age;
    set.places[index] = place;
  });
  return set;
}

/**
 * The photos of one set, then those of another.
 * @throws Error where their sides differ
 */
export function joinPhotoSets(one: PhotoSet, other: PhotoSet): PhotoSet {
  if (one.side !== other.side)
    throw new Error(`photos of side ${one.side} and ${other.side} do not go together`);
  const rows = one.shards.reduce((sum, { count }) => sum + count, 0);
  const moved = other.shards.map((shard) => ({ ...shard, first: shard.first + rows }));
  const joint = emptyPhotoSet(one.count + other.count, one.side, [...one.shards, ...moved]);
  for (const [set, start, shift] of [
    [one, 0, 0],
    [other, one.count, rows],
  ] as const) {
    joint.ages.set(set.ages, start);
    joint.weights.set(set.weights, start);
    joint.places.set(
      set.places.map((place) => place + shift),
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
    places: new Uint32Array(words()),
    shards,
  };
}

/** Reads the pixels of a set's photos, on any thread; the system's page cache is what makes it fast. */
export class PhotoReader {
  readonly #photos: PhotoSet;
  readonly #length: number;
  /** By file; opened when first read. */
  readonly #descriptors = new Map<string, number>();

  constructor(photos: PhotoSet) {
    this.#photos = photos;
    this.#length = photos.side * photos.side;
  }

  /**
   * Fills `target`, or a new array, with side × side grey levels.
   * @throws Error where the cache was removed or cut short meanwhile
   */
  read(index: number, target = new Uint8Array(this.#length)): Uint8Array {
    const { places, shards } = this.#photos;
    const place = places[index]!;
    const { file, first } = shards[shardIndexOf(shards, place)]!;
    const bytes = readSync(
      this.#open(file),
      target,
      0,
      this.#length,
      (place - first) * this.#length,
    );
    if (bytes === this.#length) return target;
    throw new Error(`${file} was cut short; start again to have its photos cached anew`);
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
