import { FolderStore } from './folder-store.ts';
import type { S3Options } from './s3-client.ts';
import type { WritableStore } from './object-store.ts';

/** The address of a store; plain data, because it is posted to worker threads. */
export interface StoreAddress {
  /** A folder, or `s3://bucket/prefix`. */
  location: string;
  s3: S3Options;
}

/**
 * Opens the store at an address. The S3 client is loaded only if it is needed.
 * @throws StorageError if the location does not name a bucket
 */
export async function openStore({ location, s3 }: StoreAddress): Promise<WritableStore> {
  if (!location.startsWith('s3://')) return new FolderStore(location);
  const { S3Store } = await import('./s3-store.ts');
  return new S3Store(location, s3);
}
