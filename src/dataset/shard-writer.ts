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
import { messageOf } from '../common/errors.ts';
import { emptyIndex, HASH_BYTES, serialiseShardIndex } from './shard-index.ts';

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
