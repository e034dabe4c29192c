import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FaceFacts } from '../../inference/faces/face-facts.ts';
import {
  FACE_BYTES,
  HASH_BYTES,
  IDENTITY_BYTES,
  readShardIndex,
  shardIndexOf,
  type PhotoShard,
  type ShardIndex,
} from './shards.ts';

export const INDEX = '.json';
export const PIXELS = '.pixels';
/** Younger files may belong to another process that is still writing. */
const LEFTOVER_AGE_MS = 3_600_000;

/**
 * Preprocessed photos on disk, in shards. Rows are counted across all shards. A shard exists once its index exists, which
 * is written last; a process that is killed midway leaves files that are never read and are removed later.
 */
export class PhotoCache {
  readonly directory: string;
  /** Number of bytes of one photo's pixels. */
  readonly rowBytes: number;
  readonly shards: PhotoShard[] = [];
  readonly #hashes: Buffer[] = [];
  readonly #faces: (Buffer | undefined)[] = [];
  readonly #rows = new Map<string, number>();
  readonly #undecodable = new Map<string, string>();
  #rowCount = 0;

  private constructor(directory: string, rowBytes: number) {
    this.directory = directory;
    this.rowBytes = rowBytes;
  }

  /** Opens a cache or creates an empty one. Damaged shards are removed. */
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

  /** Adds a shard that was written; returns false if it is damaged. */
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

  /** The row of the pixels of a file in a given state; undefined if they are not cached. */
  rowOf(identity: string): number | undefined {
    return this.#rows.get(identity);
  }

  /** Why a file in a given state cannot be decoded; undefined if it can be decoded or is unknown. */
  undecodable(identity: string): string | undefined {
    return this.#undecodable.get(identity);
  }

  /** The SHA-256 of the file whose pixels are in a row, one character per byte. */
  hashAt(row: number): string {
    const shard = shardIndexOf(this.shards, row);
    const start = (row - this.shards[shard]!.first) * HASH_BYTES;
    return this.#hashes[shard]!.toString('latin1', start, start + HASH_BYTES);
  }

  /** The face in a row; null if faces were searched and none was found, undefined if none were searched. */
  faceAt(row: number): FaceFacts | null | undefined {
    const shard = shardIndexOf(this.shards, row);
    const faces = this.#faces[shard];
    if (faces === undefined) return undefined;
    const at = (row - this.shards[shard]!.first) * FACE_BYTES;
    const [side, score] = [faces.readFloatLE(at), faces.readFloatLE(at + 4)];
    return side > 0 ? { side, score } : null;
  }

  /** Removes shards without any row in use, unless they are recent. */
  async removeUnused(usedRows: Iterable<number>): Promise<void> {
    const used = new Set<number>();
    for (const row of usedRows) used.add(shardIndexOf(this.shards, row));
    const unused = this.shards.filter((_, index) => !used.has(index));
    for (const { file } of unused) {
      if (await isOld(file)) await this.#remove(path.basename(file, PIXELS));
    }
  }

  #add(file: string, index: ShardIndex): void {
    this.shards.push({ file, first: this.#rowCount, count: index.count });
    this.#hashes.push(index.hashes);
    this.#faces.push(index.faces);
    for (let row = 0; row < index.count; row++) {
      const identity = index.identities.toString(
        'latin1',
        row * IDENTITY_BYTES,
        (row + 1) * IDENTITY_BYTES,
      );
      const reason = index.undecodable.get(row);
      if (reason !== undefined) this.#undecodable.set(identity, reason);
      else if (hasHash(index.hashes, row)) this.#rows.set(identity, this.#rowCount + row);
    }
    this.#rowCount += index.count;
  }

  async #remove(shard: string): Promise<void> {
    await rm(this.fileOf(shard, INDEX), { force: true });
    await rm(this.fileOf(shard, PIXELS), { force: true });
  }

  /** Removes files without an index, which a killed process left behind. */
  async #removeLeftovers(names: readonly string[]): Promise<void> {
    const indexes = new Set(names.filter((name) => name.endsWith(INDEX)));
    const leftovers = names.filter(
      (name) => !indexes.has(name) && !indexes.has(path.basename(name, PIXELS) + INDEX),
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
