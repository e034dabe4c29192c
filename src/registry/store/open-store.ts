import { FolderStore } from './folder-store.ts';
import type { S3Options } from './s3-client.ts';
import type { WritableStore } from './object-store.ts';

/** Where objects lie, as plain data: it crosses to worker threads. */
export interface StoreAddress {
  /** A folder, or `s3://bucket/prefix`. */
  location: string;
  s3: S3Options;
}

/**
 * The store at an address. The S3 client is loaded only where it is needed.
 * @throws StorageError where the location names no bucket
 */
export async function openStore({ location, s3 }: StoreAddress): Promise<WritableStore> {
  if (!location.startsWith('s3://')) return new FolderStore(location);
  const { S3Store } = await import('./s3-store.ts');
  return new S3Store(location, s3);
}
