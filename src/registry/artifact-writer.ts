import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestSchema, type Manifest, type ManifestFile } from './manifest.ts';
import { aliasSchema, type Alias, RegistryError } from './registry.ts';

/** A version's files by name, without the manifest. */
export type ArtifactFiles = ReadonlyMap<string, Uint8Array>;

/**
 * Writes `<root>/<name>/<version>/` whole or not at all: into a hidden folder first, the manifest last, then a
 * rename.
 * @returns the version's folder.
 * @throws RegistryError where the version exists already.
 */
export async function writeArtifact(
  root: string,
  files: ArtifactFiles,
  manifest: Omit<Manifest, 'files'>,
): Promise<string> {
  const folder = join(root, manifest.name, String(manifest.version));
  const partial = join(root, manifest.name, `.${manifest.version}.${process.pid}.partial`);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    for (const [name, content] of files) await writeDurably(join(partial, name), content);
    const complete = manifestSchema.parse({ ...manifest, files: [...files].map(fileEntry) });
    await writeDurably(
      join(partial, 'manifest.json'),
      Buffer.from(`${JSON.stringify(complete, null, 1)}\n`),
    );
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw isTaken(error)
      ? new RegistryError(`${folder} exists already; versions are immutable`, { cause: error })
      : error;
  }
  return folder;
}

/** The number after the highest version, whether or not that one is complete. */
export async function nextVersion(root: string, name: string): Promise<number> {
  const names = await readdir(join(root, name)).catch(() => []);
  return Math.max(0, ...names.map(Number).filter(Number.isInteger)) + 1;
}

/** Points an alias at a version, whatever it pointed at before. */
export async function writeAlias(
  root: string,
  name: string,
  alias: string,
  pointer: Alias,
): Promise<void> {
  const folder = join(root, name, 'aliases');
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `.${alias}.${process.pid}.partial`);
  await writeFile(partial, `${JSON.stringify(aliasSchema.parse(pointer), null, 2)}\n`);
  await rename(partial, join(folder, `${alias}.json`));
}

function fileEntry([path, content]: [string, Uint8Array]): ManifestFile {
  return {
    path,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}

async function writeDurably(path: string, content: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTEMPTY' || code === 'EEXIST';
}
