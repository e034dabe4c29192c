import { z } from 'zod';
import type { KeyObject } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { isSignedBy, type Sign } from '../common/ed25519.ts';
import type { DetectorReference } from './detector/detector-manifest.ts';
import { detectorOf } from './framing.ts';
import {
  isNeededToServe,
  manifestSchema,
  parseManifest,
  type Manifest,
  type ManifestFile,
} from './manifest.ts';
import {
  MANIFEST_FILE,
  parseManifestOf,
  requireName,
  SIGNATURE_FILE,
  type RegistryStore,
} from './registry-store.ts';
import {
  RegistryError,
  type FileSource,
  type NewVersion,
  type SignedManifest,
} from './registry.ts';
import type { Transferred } from './store/object-store.ts';

/** Files that the registry itself writes into a version's folder. */
const RESERVED = [MANIFEST_FILE, SIGNATURE_FILE, 'claim.json', 'removed.json'];
const NO_SUM = '0'.repeat(64);

/** The destination of one version's files. */
export interface VersionWriter {
  putFile(path: string, source: FileSource): Promise<Transferred>;
  /** Called before the manifest for the detector that the version names. */
  putDetector(reference: DetectorReference): Promise<void>;
  putManifest(text: Buffer): Promise<unknown>;
}

/**
 * Writes a version's files, then its detector and the signature, and the manifest last. The manifest states size and
 * checksum of the bytes that were written.
 * @param sign signs the manifest; by default a version has the signature that it brings with it, if any
 * @returns the manifest
 * @throws RegistryError before anything is written, if the manifest is not valid; errors of the writer
 */
export async function putVersion(
  newVersion: NewVersion,
  version: number,
  writer: VersionWriter,
  sign?: Sign,
): Promise<Manifest> {
  const { manifest, files, roles, signed } = await newVersion.at(version);
  const about = { ...manifest, name: newVersion.name, version };
  requireUsable(about, [...files.keys()]);
  const entries: Manifest['files'] = [];
  for (const [path, source] of files) {
    const role = roles?.get(path);
    entries.push({ path, ...(await writer.putFile(path, source)), ...(role && { role }) });
  }
  const complete = manifestSchema.parse({ ...about, files: entries });
  const detector = detectorOf(complete);
  if (detector !== undefined) await writer.putDetector(detector);
  const { text, signature } = documentsOf(complete, { sign, signed });
  if (signature !== undefined) await writer.putFile(SIGNATURE_FILE, signature);
  await writer.putManifest(text);
  return complete;
}

/** The manifest as it is stored, and its signature if it has one. */
function documentsOf(
  manifest: Manifest,
  { sign, signed }: { sign: Sign | undefined; signed: SignedManifest | undefined },
): { text: Buffer; signature?: Buffer } {
  const text = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  if (sign !== undefined) return { text, signature: sign(text) };
  if (signed === undefined) return { text };
  requireSame(signed, manifest);
  return signed;
}

function requireSame({ text }: SignedManifest, manifest: Manifest): void {
  if (isDeepStrictEqual(parseManifest(text.toString('utf8')), manifest)) return;
  throw new RegistryError(
    `${manifest.name} ${manifest.version} differs from its signed manifest; sign it again with --sign`,
  );
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
  /** Only where it was checked. */
  signature?: Buffer;
}

/**
 * @param path of the manifest, for the message
 * @throws RegistryError
 */
export function requireSignature(
  signed: SignedManifest | undefined,
  key: KeyObject,
  path: string,
): asserts signed is SignedManifest {
  if (signed === undefined)
    throw new RegistryError(
      `${path} is not signed, and MODEL_PUBLIC_KEY is set; npx face-age models sign VERSION --key FILE signs it`,
    );
  if (isSignedBy(signed.text, signed.signature, key)) return;
  throw new RegistryError(
    `the signature of ${path} is not valid for MODEL_PUBLIC_KEY: the manifest was changed, or signed with another key`,
  );
}

/** The versions of a registry, `<name>/<version>/`, in any store. Each method throws RegistryError. */
export class StoredVersions {
  readonly #store: RegistryStore;

  constructor(store: RegistryStore) {
    this.#store = store;
  }

  /** The versions that have a manifest, in ascending order. */
  async list(model: string): Promise<number[]> {
    requireName('model', model);
    const keys = await this.#keysIn(`${model}/`);
    const versions = keys.flatMap((key) => MANIFEST_KEY.exec(key)?.[1] ?? []).map(Number);
    return versions.toSorted((a, b) => a - b);
  }

  async readManifest(model: string, version: number): Promise<StoredManifest> {
    requireName('model', model);
    const key = versionKey(model, version, MANIFEST_FILE);
    const path = this.#store.pathOf(key);
    const found = await this.#store.ask((store) => store.readIfChanged(key));
    if (found.outcome !== 'found') throw new RegistryError(`${path} does not exist`);
    const manifest = parseManifestOf({ model, version }, found.bytes.toString('utf8'), path);
    return { manifest, text: found.bytes };
  }

  /** Undefined where the version has no signature. */
  async readSignature(model: string, version: number): Promise<SignedManifest | undefined> {
    const { text } = await this.readManifest(model, version);
    const key = versionKey(model, version, SIGNATURE_FILE);
    const found = await this.#store.ask((store) => store.readIfChanged(key));
    return found.outcome === 'found' ? { text, signature: found.bytes } : undefined;
  }

  /** See RegistryWriter.signVersion. */
  async sign(model: string, version: number, sign: Sign): Promise<void> {
    const { text } = await this.readManifest(model, version);
    const key = versionKey(model, version, SIGNATURE_FILE);
    await this.#store.ask((store) => store.put(key, sign(text)));
  }

  /**
   * Reads a manifest that the key has signed; any manifest where there is no key.
   * @throws RegistryError that says what is wrong with the signature
   */
  async readTrusted(
    model: string,
    version: number,
    key: KeyObject | undefined,
  ): Promise<StoredManifest> {
    if (key === undefined) return this.readManifest(model, version);
    const path = this.#store.pathOf(versionKey(model, version, MANIFEST_FILE));
    const signed = await this.readSignature(model, version);
    requireSignature(signed, key, path);
    const manifest = parseManifestOf({ model, version }, signed.text.toString('utf8'), path);
    return { manifest, text: signed.text, signature: signed.signature };
  }

  /**
   * Checks with one listing that the files of a version have the right size. Those that are not needed to serve it may be
   * missing.
   * @returns the files that exist
   * @throws RegistryError that names the first one that differs
   */
  async findFiles({ name, version, files }: Manifest): Promise<ManifestFile[]> {
    const sizes = await this.#store.sizesIn(versionKey(name, version, ''));
    const existing: ManifestFile[] = [];
    for (const file of files) {
      const { path, bytes } = file;
      const key = versionKey(name, version, path);
      const size = sizes.get(key);
      if (size === bytes) existing.push(file);
      if (size === bytes || (size === undefined && !isNeededToServe(file))) continue;
      const fault = size === undefined ? 'does not exist' : `has ${size} bytes`;
      throw new RegistryError(
        `${this.#store.pathOf(key)} ${fault}, the manifest says ${bytes} bytes`,
      );
    }
    return existing;
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
    requireName('model', model);
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
