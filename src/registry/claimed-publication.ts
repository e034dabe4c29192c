import { hostname } from 'node:os';
import { MANIFEST_FILE } from './registry-store.ts';
import type { NewVersion } from './registry.ts';
import { PreconditionFailedError, type WritableStore } from './store/object-store.ts';
import { putVersion, versionKey, type StoredVersions } from './versions.ts';

/** Stays beside the version: whose number it is. */
const CLAIM_FILE = 'claim.json';

/**
 * Publishes where nothing can be renamed: claims a number by a write that only one can make, puts the files, then
 * the manifest. After an error what was put is removed again, the manifest first.
 * @returns the number
 * @throws RegistryError where the version cannot be used, StorageError where the store does not take it
 */
export async function publishByClaim(
  store: WritableStore,
  versions: StoredVersions,
  version: NewVersion,
): Promise<number> {
  const number = await claim(store, versions, version);
  const keyOf = (file: string): string => versionKey(version.name, number, file);
  const put = [keyOf(CLAIM_FILE)];
  try {
    await putVersion(version, number, {
      putFile: (path, source) => {
        put.unshift(keyOf(path));
        return store.upload(keyOf(path), source);
      },
      putManifest: (text) => {
        put.unshift(keyOf(MANIFEST_FILE));
        return store.put(keyOf(MANIFEST_FILE), text, { ifAbsent: true });
      },
    });
    return number;
  } catch (error) {
    // A manifest that is there already is that of one who claimed nothing, and the files are his.
    if (!(error instanceof PreconditionFailedError)) await removeAll(store, put);
    throw error;
  }
}

async function claim(
  store: WritableStore,
  versions: StoredVersions,
  { name, wanted }: NewVersion,
): Promise<number> {
  const text = JSON.stringify({ claimedAt: new Date().toISOString(), by: hostname() });
  let number = await versions.freeNumber(name, wanted);
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

/** As far as the store lets it; without a manifest nobody takes the rest for a version. */
async function removeAll(store: WritableStore, keys: readonly string[]): Promise<void> {
  for (const key of keys) await store.delete(key).catch(() => undefined);
}
