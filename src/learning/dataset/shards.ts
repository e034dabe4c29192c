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
import type { ObjectStore, StoredObject } from '../../registry/store/object-store.ts';

/** Bytes of an identity: enough that a million of them do not collide. */
export const IDENTITY_BYTES = 16;

/**
 * Names one state of one file without reading it, by its name, size and ETag: what was computed from the file
 * stays true as long as its identity does. One character per byte, which is the leanest a Map can hold.
 */
export function identityOf({ key, bytes, etag }: StoredObject): string {
  return hash('sha256', `${key}\0${bytes}\0${etag}`, 'buffer').toString(
    'latin1',
    0,
    IDENTITY_BYTES,
  );
}

/** The identity of every file of a store by its key. */
export async function listIdentities(store: ObjectStore): Promise<Map<string, string>> {
  const identities = new Map<string, string>();
  for await (const object of store.list()) identities.set(object.key, identityOf(object));
  return identities;
}

export const HASH_BYTES = 32;

const indexSchema = z.strictObject({
  count: z.int().positive(),
  /** Base64 of `count` identities. */
  identities: z.string(),
  /** Base64 of `count` SHA-256 hashes of the files; zeros where a file has no pixels here. */
  hashes: z.string(),
  /** By row: why the file at this identity cannot be decoded. Rows with neither hash nor reason are empty. */
  undecodable: z.record(z.string().regex(/^\d+$/), z.string()),
});

/** What the rows of a shard are. */
export interface ShardIndex {
  count: number;
  /** count × IDENTITY_BYTES */
  identities: Buffer;
  /** count × HASH_BYTES */
  hashes: Buffer;
  undecodable: Map<number, string>;
}

export function emptyIndex(identities: readonly string[]): ShardIndex {
  return {
    count: identities.length,
    identities: Buffer.from(identities.join(''), 'latin1'),
    hashes: Buffer.alloc(identities.length * HASH_BYTES),
    undecodable: new Map(),
  };
}

export function serialiseShardIndex(index: ShardIndex): string {
  const document: z.infer<typeof indexSchema> = {
    count: index.count,
    identities: index.identities.toString('base64'),
    hashes: index.hashes.toString('base64'),
    undecodable: Object.fromEntries(index.undecodable),
  };
  return JSON.stringify(document);
}

/** @throws Error where it is not an index, or of other lengths than it says */
export async function readShardIndex(file: string): Promise<ShardIndex> {
  const { count, identities, hashes, undecodable } = indexSchema.parse(
    JSON.parse(await readFile(file, 'utf8')),
  );
  return {
    count,
    identities: decode(identities, count * IDENTITY_BYTES),
    hashes: decode(hashes, count * HASH_BYTES),
    undecodable: new Map(Object.entries(undecodable).map(([row, why]) => [Number(row), why])),
  };
}

function decode(base64: string, length: number): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === length) return bytes;
  throw new Error(`${bytes.length} bytes where ${length} are expected`);
}

/** A cache that cannot be written; the message says where and what to do. */
export class CacheError extends Error {
  override readonly name = 'CacheError';
}

export interface ShardFiles {
  pixels: string;
  index: string;
}

/**
 * Writes one shard: pixels row by row in any order, then the index. Both appear under their names only when
 * they are whole and on disk, the index last. Synchronous, since it runs on threads that do nothing else.
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

  markUndecodable(row: number, reason: string): void {
    this.#index.undecodable.set(row, reason);
  }

  finish(): void {
    this.#writing(() => {
      ftruncateSync(this.#descriptor, this.#index.count * this.#rowBytes);
      fsyncSync(this.#descriptor);
      renameSync(this.#temporary.pixels, this.#files.pixels);
      writeFileSync(this.#temporary.index, serialiseShardIndex(this.#index), { flush: true });
      renameSync(this.#temporary.index, this.#files.index);
    });
  }

  /** Leaves nothing of a shard that was not finished. */
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
        `cannot write ${this.#files.pixels}: ${messageOf(error)}; free some space or name another folder by --cache`,
        { cause: error },
      );
    }
  }
}
