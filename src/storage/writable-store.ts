import { StorageError, type ObjectStore } from './object-store.ts';
import type { UploadSource } from './upload-source.ts';

/** What an object is, to one who knows it as it was. */
export type ConditionalRead =
  | { outcome: 'missing' }
  | { outcome: 'unchanged' }
  /** The stamp is for the next conditional read or write; a listing's may be of another kind. */
  | { outcome: 'found'; bytes: Buffer<ArrayBuffer>; stamp: string };

/** What a write depends on. */
export type WriteCondition = { ifAbsent: true } | { ifMatch: string };

/** What went through a transfer. */
export interface Transferred {
  bytes: number;
  sha256: string;
}

export interface DownloadOptions {
  /** A larger object is refused, before it is read where the store tells its size. */
  maxBytes: number;
  signal?: AbortSignal | undefined;
}

/** A store that can be written to, and asked about one object again and again. */
export interface WritableStore extends ObjectStore {
  /**
   * Reads a small object (up to 16 MB) unless it still has the stamp. Takes some seconds at most.
   * @throws StorageError
   */
  readIfChanged(key: string, stamp?: string): Promise<ConditionalRead>;
  /**
   * Streams an object to a local file, which is made or replaced; what is left of it after an error is the caller's
   * to remove.
   * @throws StorageError where it is missing, larger than allowed, or arrives too slowly; the signal's reason
   */
  download(key: string, file: string, options: DownloadOptions): Promise<Transferred>;
  /**
   * Writes a small object whole or not at all. Takes some seconds at most.
   * @returns its stamp
   * @throws PreconditionFailedError where the condition does not hold; StorageError
   */
  put(key: string, content: Uint8Array, condition?: WriteCondition): Promise<string>;
  /**
   * Streams an object of any size, whole or not at all, for as long as it makes progress.
   * @throws StorageError
   */
  upload(key: string, source: UploadSource): Promise<Transferred>;
  /**
   * Removes an object; one that is missing is no error.
   * @throws StorageError
   */
  delete(key: string): Promise<void>;
}

/** Another writer came first: the object exists already, or is no longer the one that was read. */
export class PreconditionFailedError extends StorageError {
  override readonly name = 'PreconditionFailedError';
}
