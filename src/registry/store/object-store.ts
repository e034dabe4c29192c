import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** An object as a listing tells of it. */
export interface StoredObject {
  /** Relative to the store's location; parts are separated by `/`. */
  key: string;
  bytes: number;
  /** Changes whenever the content does: an ETag, or the time of the last change. */
  stamp: string;
}

/** Named bytes in a folder or an S3 bucket. */
export interface ObjectStore {
  /** For people: an absolute path or `s3://bucket/prefix`. */
  readonly location: string;
  /**
   * Every object below the location, in no particular order; one page of the listing is held at a time.
   * @param folder only what is below this one: a key that ends in `/`; where it does not exist there is nothing
   * @throws StorageError
   */
  list(folder?: string): AsyncGenerator<StoredObject>;
  /** @throws ObjectUnreadableError where only this object is at fault, StorageError where the store is */
  read(key: string): Promise<Buffer<ArrayBuffer>>;
}

/** A store that does not answer or does not exist; the message names it and says what to check. */
export class StorageError extends Error {
  override readonly name: string = 'StorageError';
}

/** One object that is missing or may not be read, in a store that answers. */
export class ObjectUnreadableError extends StorageError {
  override readonly name = 'ObjectUnreadableError';
}

/** What is to be stored, by its content or where it lies. */
export type UploadSource = Uint8Array | { file: string };

/** So that a slow upload of content in memory is seen to move. */
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
