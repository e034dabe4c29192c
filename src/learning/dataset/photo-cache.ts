import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { shardIndexOf, type PhotoShard } from './dataset-photo.ts';
import { IDENTITY_BYTES, HASH_BYTES, readShardIndex, type ShardIndex } from './shards.ts';

export const INDEX = '.json';
export const PIXELS = '.pixels';
/** What is younger may be another process's work. */
const LEFTOVER_AGE_MS = 3_600_000;

/**
 * Preprocessed photos on disk, in shards. Every row has a place, counted through all shards. A shard exists once its
 * index does, which is written last; a kill in the middle leaves files that are never read and later removed.
 */
export class PhotoCache {
  readonly directory: string;
  /** Bytes of a photo's pixels. */
  readonly rowBytes: number;
  readonly shards: PhotoShard[] = [];
  readonly #hashes: Buffer[] = [];
  readonly #places = new Map<string, number>();
  readonly #undecodable = new Map<string, string>();
  #rows = 0;

  private constructor(directory: string, rowBytes: number) {
    this.directory = directory;
    this.rowBytes = rowBytes;
  }

  /** Opens a cache, or makes an empty one. Damaged shards are removed. */
  static async open(directory: string, rowBytes: number): Promise<PhotoCache> {
    await mkdir(directory, { recursive: true });
    const cache = new PhotoCache(directory, rowBytes);
    const names = (await readdir(directory)).toSorted();
    for (const name of names.filter((each) => each.endsWith(INDEX))) {
      const shard = path.basename(name, INDEX);
      if (!(await cache.load(shard))) await cache.#remove(shard);
    }
    await cache.#removeLeftovers(names);
    return cache;
  }

  /** Takes in a shard that was written; false where it is damaged. */
  async load(name: string): Promise<boolean> {
    const file = this.fileOf(name, PIXELS);
    const index = await readShardIndex(this.fileOf(name, INDEX)).catch(() => undefined);
    const bytes = await stat(file).then(
      ({ size }) => size,
      () => -1,
    );
    if (index === undefined || bytes !== index.count * this.rowBytes) return false;
    this.#add(file, index);
    return true;
  }

  fileOf(shard: string, extension: string): string {
    return path.join(this.directory, shard + extension);
  }

  /** Where the pixels of a file's state are; undefined where they are not cached. */
  placeOf(identity: string): number | undefined {
    return this.#places.get(identity);
  }

  /** Why a file's state cannot be decoded; undefined where it can or is not known. */
  undecodable(identity: string): string | undefined {
    return this.#undecodable.get(identity);
  }

  /** The SHA-256 of the file whose pixels are at a place, one character per byte. */
  hashAt(place: number): string {
    const shard = shardIndexOf(this.shards, place);
    const start = (place - this.shards[shard]!.first) * HASH_BYTES;
    return this.#hashes[shard]!.toString('latin1', start, start + HASH_BYTES);
  }

  /** Removes shards of which no row is in use, unless they are young. */
  async removeUnused(usedPlaces: Iterable<number>): Promise<void> {
    const used = new Set<number>();
    for (const place of usedPlaces) used.add(shardIndexOf(this.shards, place));
    const unused = this.shards.filter((_, index) => !used.has(index));
    for (const { file } of unused) {
      if (await isOld(file)) await this.#remove(path.basename(file, PIXELS));
    }
  }

  #add(file: string, index: ShardIndex): void {
    this.shards.push({ file, first: this.#rows, count: index.count });
    this.#hashes.push(index.hashes);
    for (let row = 0; row < index.count; row++) {
      const identity = index.identities.toString(
        'latin1',
        row * IDENTITY_BYTES,
        (row + 1) * IDENTITY_BYTES,
      );
      const reason = index.undecodable.get(row);
      if (reason !== undefined) this.#undecodable.set(identity, reason);
      else if (hasHash(index.hashes, row)) this.#places.set(identity, this.#rows + row);
    }
    this.#rows += index.count;
  }

  async #remove(shard: string): Promise<void> {
    await rm(this.fileOf(shard, INDEX), { force: true });
    await rm(this.fileOf(shard, PIXELS), { force: true });
  }

  /** What a kill left: files that belong to no index. */
  async #removeLeftovers(names: readonly string[]): Promise<void> {
    const whole = new Set(names.filter((name) => name.endsWith(INDEX)));
    const leftovers = names.filter(
      (name) => !whole.has(name) && !whole.has(path.basename(name, PIXELS) + INDEX),
    );
    for (const name of leftovers) {
      const file = path.join(this.directory, name);
      if (await isOld(file)) await rm(file, { force: true });
    }
  }
}

function hasHash(hashes: Buffer, row: number): boolean {
  return hashes.subarray(row * HASH_BYTES, (row + 1) * HASH_BYTES).some((byte) => byte !== 0);
}

async function isOld(file: string): Promise<boolean> {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > LEFTOVER_AGE_MS;
}
