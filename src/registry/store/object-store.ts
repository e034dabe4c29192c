import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** An object in a listing. */
export interface StoredObject {
  /** Relative to the store's location, with `/` as the separator. */
  key: string;
  bytes: number;
  /** Changes whenever the content does: S3's ETag, or the time of the last change of a file. */
  etag: string;
  /** When it was last written, by the store's clock, in milliseconds since 1970. */
  modifiedMs: number;
}

/** Read access to the objects in a folder or an S3 bucket. */
export interface ObjectStore {
  /** For messages: an absolute path or `s3://bucket/prefix`. */
  readonly location: string;
  /**
   * Lists every object below the location in no particular order, one page at a time.
   * @param folder lists only objects below this key, which ends in `/`; a missing folder is empty
   * @throws StorageError
   */
  list(folder?: string): AsyncGenerator<StoredObject>;
  /** @throws ObjectUnreadableError if only this object is at fault; StorageError if the store fails */
  read(key: string): Promise<Buffer<ArrayBuffer>>;
}

/** A store fails or does not exist; the message names it and says what to check. */
export class StorageError extends Error {
  override readonly name: string = 'StorageError';
}

/** An object is missing or not readable, although the store works. */
export class ObjectUnreadableError extends StorageError {
  override readonly name = 'ObjectUnreadableError';
}

/** The content to be stored, or the path of a local file. */
export type UploadSource = Uint8Array | { file: string };

/** Content in memory is uploaded in slices, so that the stall guard sees a slow upload make progress. */
const SLICE_BYTES = 65_536;

export function streamOf(source: UploadSource): Readable {
  if (!(source instanceof Uint8Array)) return createReadStream(source.file);
  return Readable.from(slices(source), { objectMode: false });
}

export async function sizeOf(source: UploadSource): Promise<number> {
  return source instanceof Uint8Array ? source.byteLength : (await stat(source.file)).size;
}

function* slices(content: Uint8Array): Generator<Uint8Array> {
  for (let first = 0; first < content.byteLength; first += SLICE_BYTES)
    yield content.subarray(first, first + SLICE_BYTES);
}

/** The result of a conditional read. */
export type ConditionalRead =
  | { outcome: 'missing' }
  | { outcome: 'unchanged' }
  /** The ETag is for the next conditional read or write; an ETag from a listing may be of another kind. */
  | { outcome: 'found'; bytes: Buffer<ArrayBuffer>; etag: string };

/** The precondition of a write. */
export type WriteCondition = { ifAbsent: true } | { ifMatch: string };

/** Size and checksum of the transferred bytes. */
export interface Transferred {
  bytes: number;
  sha256: string;
}

export interface DownloadOptions {
  /** A larger object is refused; before it is read, if the store reports its size. */
  maxBytes: number;
  signal?: AbortSignal | undefined;
}

/** Write access to a store, and conditional reads. */
export interface WritableStore extends ObjectStore {
  /**
   * Reads a small object (up to 16 MB) unless its ETag is unchanged. Takes a few seconds at most.
   * @throws StorageError
   */
  readIfChanged(key: string, etag?: string): Promise<ConditionalRead>;
  /**
   * Streams an object to a local file, which is created or replaced. After an error the caller removes the file.
   * @throws StorageError if the object is missing, too large or arrives too slowly; the signal's reason
   */
  download(key: string, file: string, options: DownloadOptions): Promise<Transferred>;
  /**
   * Writes a small object atomically. Takes a few seconds at most.
   * @returns its ETag
   * @throws PreconditionFailedError if the condition is not met; StorageError
   */
  put(key: string, content: Uint8Array, condition?: WriteCondition): Promise<string>;
  /**
   * Streams an object of any size atomically, for as long as the transfer makes progress.
   * @throws StorageError
   */
  upload(key: string, source: UploadSource): Promise<Transferred>;
  /**
   * Removes an object; a missing object is not an error.
   * @throws StorageError
   */
  delete(key: string): Promise<void>;
}

/** Another writer was faster: the object exists already, or has changed since it was read. */
export class PreconditionFailedError extends StorageError {
  override readonly name = 'PreconditionFailedError';
}
