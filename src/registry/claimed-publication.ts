import { hostname } from 'node:os';
import type { Sign } from '../common/ed25519.ts';
import type { Manifest } from './manifest.ts';
import { MANIFEST_FILE } from './registry-store.ts';
import type { NewVersion } from './registry.ts';
import { PreconditionFailedError, type WritableStore } from './store/object-store.ts';
import { putVersion, versionKey, type StoredVersions, type VersionWriter } from './versions.ts';

/** Stays in the version's folder and says who claimed the number. */
const CLAIM_FILE = 'claim.json';

/** What a publication needs besides the version. */
interface PublicationOptions {
  versions: StoredVersions;
  /** Stores the detector that the version names. */
  putDetector: VersionWriter['putDetector'];
  sign?: Sign | undefined;
}

/**
 * Publishes to a store that cannot rename: claims a version number by a conditional write, uploads the files, then the
 * manifest. After an error everything that was uploaded is removed, the manifest first.
 * @returns the manifest
 * @throws RegistryError if the version is not valid; StorageError if the store fails
 */
export async function publishByClaim(
  store: WritableStore,
  version: NewVersion,
  { versions, putDetector, sign }: PublicationOptions,
): Promise<Manifest> {
  const number = await claim(store, versions, version);
  const keyOf = (file: string): string => versionKey(version.name, number, file);
  const put = [keyOf(CLAIM_FILE)];
  try {
    const writer: VersionWriter = {
      putDetector,
      putFile: (path, source) => {
        put.unshift(keyOf(path));
        return store.upload(keyOf(path), source);
      },
      putManifest: (text) => {
        put.unshift(keyOf(MANIFEST_FILE));
        return store.put(keyOf(MANIFEST_FILE), text, { ifAbsent: true });
      },
    };
    return await putVersion(version, number, writer, sign);
  } catch (error) {
    // If a manifest exists already, its publisher did not claim the number, and the files belong to that version.
    if (!(error instanceof PreconditionFailedError)) await removeAll(store, put);
    throw error;
  }
}

async function claim(
  store: WritableStore,
  versions: StoredVersions,
  { name, preferredVersion }: NewVersion,
): Promise<number> {
  const text = JSON.stringify({ claimedAt: new Date().toISOString(), by: hostname() });
  let number = await versions.freeNumber(name, preferredVersion);
  for (;;) {
    try {
      const key = versionKey(name, number, CLAIM_FILE);
      await store.put(key, Buffer.from(`${text}\n`), { ifAbsent: true });
      return number;
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
      number = Math.max(number + 1, await versions.freeNumber(name));
    }
  }
}

/** Best effort: without a manifest the remaining files do not count as a version. */
async function removeAll(store: WritableStore, keys: readonly string[]): Promise<void> {
  for (const key of keys) await store.delete(key).catch(() => undefined);
}
