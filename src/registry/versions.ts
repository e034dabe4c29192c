import { z } from 'zod';
import { manifestSchema, type Manifest } from './manifest.ts';
import { MANIFEST_FILE, parseManifestOf, type RegistryStore } from './registry-store.ts';
import { RegistryError, type FileSource, type NewVersion } from './registry.ts';
import type { Transferred } from './store/object-store.ts';

/** Files that the registry itself writes into a version's folder. */
const RESERVED = [MANIFEST_FILE, 'claim.json', 'removed.json'];
const NO_SUM = '0'.repeat(64);

/** The destination of one version's files. */
export interface VersionWriter {
  putFile(path: string, source: FileSource): Promise<Transferred>;
  putManifest(text: Buffer): Promise<unknown>;
}

/**
 * Writes a version's files, its manifest last. The manifest states size and checksum of the bytes that were written.
 * @throws RegistryError before anything is written, if the manifest is not valid; errors of the writer
 */
export async function putVersion(
  newVersion: NewVersion,
  version: number,
  writer: VersionWriter,
): Promise<void> {
  const { manifest, files } = await newVersion.at(version);
  const about = { ...manifest, name: newVersion.name, version };
  requireUsable(about, [...files.keys()]);
  const entries: Manifest['files'] = [];
  for (const [path, source] of files)
    entries.push({ path, ...(await writer.putFile(path, source)) });
  const complete = manifestSchema.parse({ ...about, files: entries });
  await writer.putManifest(Buffer.from(`${JSON.stringify(complete, null, 1)}\n`));
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

const VERSION_KEY = /^[^/]+\/([1-9]\d*)\//;
const MANIFEST_KEY = /^[^/]+\/([1-9]\d*)\/manifest\.json$/;
/** Remains of a removed version, so that its number is never reused. */
const REMOVED_FILE = 'removed.json';

/** A manifest and its exact bytes. */
export interface StoredManifest {
  manifest: Manifest;
  text: Buffer;
}

/** The versions of a registry, `<name>/<version>/`, in any store. Each method throws RegistryError. */
export class StoredVersions {
  readonly #store: RegistryStore;

  constructor(store: RegistryStore) {
    this.#store = store;
  }

  /** The versions that have a manifest, in ascending order. */
  async list(model: string): Promise<number[]> {
    const keys = await this.#keysIn(`${model}/`);
    const versions = keys.flatMap((key) => MANIFEST_KEY.exec(key)?.[1] ?? []).map(Number);
    return versions.toSorted((a, b) => a - b);
  }

  async readManifest(model: string, version: number): Promise<StoredManifest> {
    const key = versionKey(model, version, MANIFEST_FILE);
    const path = this.#store.pathOf(key);
    const found = await this.#store.ask((store) => store.readIfChanged(key));
    if (found.outcome !== 'found') throw new RegistryError(`${path} does not exist`);
    const manifest = parseManifestOf({ model, version }, found.bytes.toString('utf8'), path);
    return { manifest, text: found.bytes };
  }

  /**
   * Checks with one listing that all files of a version exist and have the right size.
   * @throws RegistryError that names the first one that differs
   */
  async requireSizes({ name, version, files }: Manifest): Promise<void> {
    const sizes = await this.#store.sizesIn(versionKey(name, version, ''));
    for (const { path, bytes } of files) {
      const key = versionKey(name, version, path);
      const size = sizes.get(key);
      if (size === bytes) continue;
      const fault = size === undefined ? 'does not exist' : `has ${size} bytes`;
      throw new RegistryError(
        `${this.#store.pathOf(key)} ${fault}, the manifest says ${bytes} bytes`,
      );
    }
  }

  /** The preferred number if it was never taken, else the number after the highest one. */
  async freeNumber(model: string, preferredVersion?: number): Promise<number> {
    const keys = await this.#keysIn(`${model}/`);
    const taken = new Set(keys.map((key) => Number(VERSION_KEY.exec(key)?.[1] ?? 0)));
    if (preferredVersion !== undefined && !taken.has(preferredVersion)) return preferredVersion;
    return Math.max(0, ...taken) + 1;
  }

  /** See RegistryWriter.removeVersion. */
  async remove(model: string, version: number): Promise<void> {
    const folder = versionKey(model, version, '');
    const removed = folder + REMOVED_FILE;
    const keys = (await this.#keysIn(folder)).filter((key) => key !== removed);
    if (keys.length === 0) {
      throw new RegistryError(`${this.#store.location} has no version ${version} of ${model}`);
    }
    const note = Buffer.from(`${JSON.stringify({ removedAt: new Date().toISOString() })}\n`);
    await this.#store.ask(async (store) => {
      await store.delete(folder + MANIFEST_FILE);
      await store.put(removed, note);
      for (const key of keys) await store.delete(key);
    });
  }

  async #keysIn(folder: string): Promise<string[]> {
    return [...(await this.#store.sizesIn(folder)).keys()];
  }
}

export function versionKey(model: string, version: number, file: string): string {
  return `${model}/${version}/${file}`;
}
