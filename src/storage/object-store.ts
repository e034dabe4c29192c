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
