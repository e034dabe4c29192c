import { createHash, type KeyObject } from 'node:crypto';
import { mkdir, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isSignedBy } from '../common/ed25519.ts';
import { formatAlias, parseAlias } from './aliases.ts';
import { createCopy, findDifference } from './local-copy.ts';
import { isNeededToServe, type Manifest, type ManifestFile } from './manifest.ts';
import { discard, removeAbandoned } from './partial-folder.ts';
import { MANIFEST_FILE, parseManifestOf, SIGNATURE_FILE } from './registry-store.ts';
import { RegistryError, type Alias, type LocalArtifact } from './registry.ts';
import { replaceFile, undefinedIfMissing } from './store/local-files.ts';
import type { Transferred } from './store/object-store.ts';
import type { StoredManifest } from './versions.ts';

/**
 * The folder of the local copies of one store.
 * @param folder the parent folder of the copies of all stores
 * @param location of the store
 */
export function cacheFolderOf(folder: string, location: string): string {
  const name = createHash('sha256').update(location).digest('hex').slice(0, 12);
  return path.join(folder, name);
}

const VERSION_FOLDER = /^[1-9]\d*$/;

/**
 * Local copies of the versions of one store, `<name>/<version>/`, and of its aliases as last read. Processes may share
 * the folder: a version is there completely or not at all.
 */
export class ArtifactCache {
  readonly #root: string;

  /** @param root the folder of this store's copies */
  constructor(root: string) {
    this.#root = root;
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
   * Returns a cached version if its files match its manifest; removes a damaged one. A file that is not needed to serve it
   * may be missing, but not be another one.
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
   * Adds a version, completely or not at all.
   * @param stored its manifest, and those of its files that exist
   * @throws RegistryError that names the file that differs; errors of `download`
   */
  async add(
    { manifest, files, text, signature }: StoredManifest & { files: readonly ManifestFile[] },
    download: (file: ManifestFile, to: string) => Promise<Transferred>,
  ): Promise<LocalArtifact> {
    const directory = this.#folderOf(manifest.name, manifest.version);
    await createCopy(directory, { files, text, signature }, download);
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
  const present = new Set(await readdir(directory));
  const expected = files.filter((file) => isNeededToServe(file) || present.has(file.path));
  return (await findDifference(directory, expected, signal)) === undefined;
}
