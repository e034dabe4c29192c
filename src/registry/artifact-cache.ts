import { createHash, type KeyObject } from 'node:crypto';
import { mkdir, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isSignedBy } from '../common/ed25519.ts';
import { formatAlias, parseAlias } from './aliases.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import { discard, moveInto, partialOf, removeAbandoned } from './partial-folder.ts';
import { MANIFEST_FILE, parseManifestOf, SIGNATURE_FILE } from './registry-store.ts';
import { RegistryError, type Alias, type LocalArtifact } from './registry.ts';
import { replaceFile, undefinedIfMissing } from './store/local-files.ts';
import type { Transferred } from './store/object-store.ts';
import { measureFile } from './store/stall-guard.ts';
import type { StoredManifest } from './versions.ts';

const VERSION_FOLDER = /^[1-9]\d*$/;

/**
 * Local copies of the versions of one store, `<name>/<version>/`, and of its aliases as last read. Processes may share
 * the folder: a version is there completely or not at all.
 */
export class ArtifactCache {
  readonly #root: string;

  /**
   * @param folder the parent folder of the caches of all stores
   * @param location of the store
   */
  constructor(folder: string, location: string) {
    const name = createHash('sha256').update(location).digest('hex').slice(0, 12);
    this.#root = path.join(folder, name);
  }

  /** The manifest of a cached version; its files are not checked. */
  async readManifest(model: string, version: number): Promise<Manifest | undefined> {
    const file = path.join(this.#folderOf(model, version), MANIFEST_FILE);
    try {
      return parseManifestOf({ model, version }, await readFile(file, 'utf8'), file);
    } catch {
      return undefined;
    }
  }

  /**
   * Returns a cached version if its files match its manifest; removes a damaged one.
   * @param publicKey a copy whose manifest it did not sign is removed, too
   */
  async find(
    model: string,
    version: number,
    { publicKey, signal }: { publicKey?: KeyObject | undefined; signal?: AbortSignal | undefined },
  ): Promise<LocalArtifact | undefined> {
    const directory = this.#folderOf(model, version);
    const names = await readdir(directory).catch(undefinedIfMissing);
    if (names === undefined) return undefined;
    const manifest =
      publicKey === undefined || (await this.#isSigned(directory, publicKey))
        ? await this.readManifest(model, version)
        : undefined;
    if (manifest !== undefined && (await isIntact(directory, manifest, signal)))
      return { directory, manifest };
    await discard(directory);
    return undefined;
  }

  /**
   * Adds a version: downloads every file, checks it against the manifest, then writes the manifest. Leaves nothing
   * behind after an error.
   * @throws RegistryError that names the file that differs; errors of `download`
   */
  async add(
    { manifest, text, signature }: StoredManifest,
    download: (file: ManifestFile, to: string) => Promise<Transferred>,
  ): Promise<LocalArtifact> {
    const directory = this.#folderOf(manifest.name, manifest.version);
    const partial = partialOf(directory);
    await mkdir(partial, { recursive: true });
    try {
      for (const file of manifest.files) {
        const fault = differenceOf(file, await download(file, path.join(partial, file.path)));
        if (fault !== undefined) throw new RegistryError(`${file.path} ${fault}`);
      }
      if (signature !== undefined) await writeFile(path.join(partial, SIGNATURE_FILE), signature);
      await writeFile(path.join(partial, MANIFEST_FILE), text);
      // If the folder exists by now, another process has downloaded the same version.
      await moveInto(directory, partial);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
    return { directory, manifest };
  }

  /** @throws RegistryError if the disk has too little space */
  async requireRoom(bytes: number): Promise<void> {
    await mkdir(this.#root, { recursive: true });
    const { bavail, bsize } = await statfs(this.#root);
    if (bytes <= bavail * bsize) return;
    throw new RegistryError(
      `${this.#root} has ${bavail * bsize} bytes free, but ${bytes} are needed`,
    );
  }

  /** Removes all versions but these, and unfinished downloads of processes that have ended. */
  async keepOnly(model: string, versions: ReadonlySet<number>): Promise<void> {
    const folder = path.join(this.#root, model);
    const names = (await readdir(folder).catch(undefinedIfMissing)) ?? [];
    for (const name of names.filter((entry) => VERSION_FOLDER.test(entry)))
      if (!versions.has(Number(name))) await discard(path.join(folder, name));
    await removeAbandoned(folder);
  }

  /** Removes the copy of one version, if there is one. */
  async forget(model: string, version: number): Promise<void> {
    await discard(this.#folderOf(model, version));
  }

  /** Stores an alias as last read; undefined removes it. */
  async rememberAlias(model: string, alias: string, pointer: Alias | undefined): Promise<void> {
    const file = this.#aliasFile(model, alias);
    if (pointer === undefined) return rm(file, { force: true });
    await replaceFile(file, (partial) => writeFile(partial, formatAlias(pointer, file)));
  }

  /** The alias as last read; undefined if there is none or it is not valid. */
  async recallAlias(model: string, alias: string): Promise<Alias | undefined> {
    const file = this.#aliasFile(model, alias);
    try {
      return parseAlias(await readFile(file, 'utf8'), file);
    } catch {
      return undefined;
    }
  }

  async #isSigned(directory: string, key: KeyObject): Promise<boolean> {
    try {
      const text = await readFile(path.join(directory, MANIFEST_FILE));
      return isSignedBy(text, await readFile(path.join(directory, SIGNATURE_FILE)), key);
    } catch {
      return false;
    }
  }

  #folderOf(model: string, version: number): string {
    return path.join(this.#root, model, String(version));
  }

  #aliasFile(model: string, alias: string): string {
    return path.join(this.#root, model, 'aliases', `${alias}.json`);
  }
}

async function isIntact(
  directory: string,
  { files }: Manifest,
  signal?: AbortSignal,
): Promise<boolean> {
  for (const file of files) {
    const found = await measureFile(path.join(directory, file.path), signal).catch(
      undefinedIfMissing,
    );
    if (found === undefined || differenceOf(file, found) !== undefined) return false;
  }
  return true;
}

function differenceOf(expected: ManifestFile, { bytes, sha256 }: Transferred): string | undefined {
  if (bytes !== expected.bytes) return `has ${bytes} bytes, the manifest says ${expected.bytes}`;
  if (sha256 === expected.sha256) return undefined;
  return `has SHA-256 ${sha256}, the manifest says ${expected.sha256}`;
}
