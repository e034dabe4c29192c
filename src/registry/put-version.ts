import { z } from 'zod';
import type { Transferred } from '../storage/writable-store.ts';
import { MANIFEST_FILE } from './manifest-file.ts';
import { manifestSchema, type Manifest } from './manifest.ts';
import { RegistryError, type FileSource, type NewVersion } from './registry.ts';

/** Files that a registry itself keeps in a version's folder. */
const RESERVED = [MANIFEST_FILE, 'claim.json', 'removed.json'];
const NO_SUM = '0'.repeat(64);

/** The place of one version. */
export interface VersionPlace {
  putFile(path: string, source: FileSource): Promise<Transferred>;
  putManifest(text: Buffer): Promise<unknown>;
}

/**
 * Puts a version's files in their place, its manifest last. Size and sum of a file are those of the bytes that
 * were put.
 * @throws RegistryError before anything is put, where the manifest is not valid; what the place throws
 */
export async function putVersion(
  wish: NewVersion,
  version: number,
  place: VersionPlace,
): Promise<void> {
  const { manifest, files } = await wish.at(version);
  const about = { ...manifest, name: wish.name, version };
  requireUsable(about, [...files.keys()]);
  const entries: Manifest['files'] = [];
  for (const [path, source] of files)
    entries.push({ path, ...(await place.putFile(path, source)) });
  const complete = manifestSchema.parse({ ...about, files: entries });
  await place.putManifest(Buffer.from(`${JSON.stringify(complete, null, 1)}\n`));
}

function requireUsable(about: Omit<Manifest, 'files'>, paths: readonly string[]): void {
  const reserved = paths.find((path) => RESERVED.includes(path));
  if (reserved !== undefined) {
    throw new RegistryError(`no file of a version may be named ${reserved}`);
  }
  const files = paths.map((path) => ({ path, bytes: 0, sha256: NO_SUM }));
  const parsed = manifestSchema.safeParse({ ...about, files });
  if (parsed.success) return;
  throw new RegistryError(
    `the manifest of ${about.name} ${about.version} is not valid:\n${z.prettifyError(parsed.error)}`,
  );
}
