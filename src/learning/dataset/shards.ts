import { hash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf } from '../../common/errors.ts';
import type { FaceFacts } from '../../inference/faces/face-facts.ts';
import type { ObjectStore, StoredObject } from '../../registry/store/object-store.ts';

/** Number of bytes of an identity: enough for a million of them without a collision. */
export const IDENTITY_BYTES = 16;

/**
 * Identifies one state of a file without reading it, by its name, size, and ETag or modification time. Results computed
 * from the file stay valid as long as its identity is unchanged. It has one character per byte, which is the most
 * compact key for a Map.
 */
export function identityOf({ key, bytes, etag }: StoredObject): string {
  return hash('sha256', `${key}\0${bytes}\0${etag}`, 'buffer').toString(
    'latin1',
    0,
    IDENTITY_BYTES,
  );
}

/** Returns the identity of every file of a store by its key. */
export async function listIdentities(store: ObjectStore): Promise<Map<string, string>> {
  const identities = new Map<string, string>();
  for await (const object of store.list()) identities.set(object.key, identityOf(object));
  return identities;
}

export const HASH_BYTES = 32;
/** Two 32-bit floats. */
export const FACE_BYTES = 8;

const indexSchema = z.strictObject({
  count: z.int().positive(),
  /** Base64 of `count` identities. */
  identities: z.string(),
  /** Base64 of `count` SHA-256 hashes of the files; zeros for a file without pixels. */
  hashes: z.string(),
  /** Why the file of a row cannot be decoded, by row. Rows with neither a hash nor a reason are empty. */
  undecodable: z.record(z.string().regex(/^\d+$/), z.string()),
  /** Base64 of `count` faces, if faces were searched. */
  faces: z.string().optional(),
});

/** Describes the rows of a shard. */
export interface ShardIndex {
  count: number;
  /** count × IDENTITY_BYTES */
  identities: Buffer;
  /** count × HASH_BYTES */
  hashes: Buffer;
  undecodable: Map<number, string>;
  /** count × FACE_BYTES, if faces were searched: side and score; zeros for a photo without a face. */
  faces?: Buffer | undefined;
}

export function emptyIndex(identities: readonly string[]): ShardIndex {
  return {
    count: identities.length,
    identities: Buffer.from(identities.join(''), 'latin1'),
    hashes: Buffer.alloc(identities.length * HASH_BYTES),
    undecodable: new Map(),
  };
}

export function serializeShardIndex(index: ShardIndex): string {
  const document: z.infer<typeof indexSchema> = {
    count: index.count,
    identities: index.identities.toString('base64'),
    hashes: index.hashes.toString('base64'),
    undecodable: Object.fromEntries(index.undecodable),
    ...(index.faces && { faces: index.faces.toString('base64') }),
  };
  return JSON.stringify(document);
}

/** @throws Error if the file is not an index or its lengths are inconsistent */
export async function readShardIndex(file: string): Promise<ShardIndex> {
  const { count, identities, hashes, undecodable, faces } = indexSchema.parse(
    JSON.parse(await readFile(file, 'utf8')),
  );
  return {
    count,
    identities: decode(identities, count * IDENTITY_BYTES),
    hashes: decode(hashes, count * HASH_BYTES),
    undecodable: new Map(Object.entries(undecodable).map(([row, reason]) => [Number(row), reason])),
    ...(faces !== undefined && { faces: decode(faces, count * FACE_BYTES) }),
  };
}

function decode(base64: string, length: number): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === length) return bytes;
  throw new Error(`expected ${length} bytes, got ${bytes.length}`);
}

/** A file of preprocessed photos, row after row. */
export interface PhotoShard {
  /** Absolute path. */
  file: string;
  /** Index of its first row, counted across all shards; shards follow one another without gaps. */
  first: number;
  count: number;
}

/** The index of the shard that holds a row. */
export function shardIndexOf(shards: readonly PhotoShard[], row: number): number {
  let [low, high] = [0, shards.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (shards[middle]!.first <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The cache cannot be written; the message says where and what to do. */
export class CacheError extends Error {
  override readonly name = 'CacheError';
}

export interface ShardFiles {
  pixels: string;
  index: string;
}

/**
 * Writes one shard: the pixels row by row in any order, then the index. Both get their final names only once they are
 * complete and on disk, the index last. The class is synchronous because its threads have nothing else to do.
 */
export class ShardWriter {
  readonly #files: ShardFiles;
  readonly #temporary: ShardFiles;
  readonly #index;
  readonly #rowBytes: number;
  readonly #descriptor: number;

  constructor(files: ShardFiles, identities: readonly string[], rowBytes: number) {
    this.#files = files;
    const suffix = `.${process.pid}.tmp`;
    this.#temporary = { pixels: files.pixels + suffix, index: files.index + suffix };
    this.#index = emptyIndex(identities);
    this.#rowBytes = rowBytes;
    this.#descriptor = this.#writing(() => openSync(this.#temporary.pixels, 'w'));
  }

  /** @param sha256 of the photo's file */
  writePhoto(row: number, pixels: Uint8Array, sha256: Buffer): void {
    this.#writing(() =>
      writeSync(this.#descriptor, pixels, 0, this.#rowBytes, row * this.#rowBytes),
    );
    this.#index.hashes.set(sha256, row * HASH_BYTES);
  }

  /** @param face null where faces were searched and none was found */
  writeFace(row: number, face: FaceFacts | null): void {
    this.#index.faces ??= Buffer.alloc(this.#index.count * FACE_BYTES);
    this.#index.faces.writeFloatLE(face?.side ?? 0, row * FACE_BYTES);
    this.#index.faces.writeFloatLE(face?.score ?? 0, row * FACE_BYTES + 4);
  }

  markUndecodable(row: number, reason: string): void {
    this.#index.undecodable.set(row, reason);
  }

  finish(): void {
    this.#writing(() => {
      ftruncateSync(this.#descriptor, this.#index.count * this.#rowBytes);
      fsyncSync(this.#descriptor);
      renameSync(this.#temporary.pixels, this.#files.pixels);
      writeFileSync(this.#temporary.index, serializeShardIndex(this.#index), { flush: true });
      renameSync(this.#temporary.index, this.#files.index);
    });
  }

  /** Removes all traces of a shard that was not finished. */
  close(): void {
    closeSync(this.#descriptor);
    rmSync(this.#temporary.pixels, { force: true });
    rmSync(this.#temporary.index, { force: true });
  }

  #writing<Result>(write: () => Result): Result {
    try {
      return write();
    } catch (error) {
      throw new CacheError(
        `cannot write ${this.#files.pixels}: ${messageOf(error)}; free some space or choose another folder with --cache`,
        { cause: error },
      );
    }
  }
}
