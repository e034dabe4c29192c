import type { Sign } from '../common/ed25519.ts';
import { messageOf } from '../common/errors.ts';
import { StoredAliases } from './aliases.ts';
import { ArtifactCache, cacheFolderOf } from './artifact-cache.ts';
import { publishByClaim } from './claimed-publication.ts';
import type { DetectorReference } from './detector/detector-manifest.ts';
import { DetectorCache } from './detector/detector-cache.ts';
import { findDetector, placesOf, type DetectorPlace } from './detector/find-detector.ts';
import { detectorUsers } from './detector/detector-users.ts';
import { StoredDetectors } from './detector/stored-detectors.ts';
import type { GateConfigFile } from './gate/gate-config.ts';
import type { GateResult } from './gate/gate-result.ts';
import { StoredGateConfig, StoredGates } from './gate/gate-store.ts';
import type { Manifest } from './manifest.ts';
import { isName, requireName, RegistryStore } from './registry-store.ts';
import {
  RegistryError,
  type Alias,
  type ListedDetector,
  type LocalArtifact,
  type LocalDetector,
  type NewVersion,
  type RegistryWriter,
  type SignedManifest,
  type TrustOptions,
} from './registry.ts';
import type { WritableStore } from './store/object-store.ts';
import { StoredVersions, versionKey } from './versions.ts';

export interface S3RegistryOptions {
  /** `s3://bucket/prefix`. */
  location: string;
  /** Called once, when the store is first needed. */
  openStore: () => Promise<WritableStore>;
  /** The folder for local copies. */
  cacheDir: string;
  /** A larger version is not downloaded. */
  maxBytes: number;
  /** No signature is needed or written by default. */
  trust?: TrustOptions | undefined;
}

/** Models in a remote store, with local copies: a downloaded version can be loaded without the store. */
export class S3Registry implements RegistryWriter {
  readonly #store: RegistryStore;
  readonly #aliases: StoredAliases;
  readonly #versions: StoredVersions;
  readonly #gates: StoredGates;
  readonly #gateConfig: StoredGateConfig;
  readonly #cache: ArtifactCache;
  readonly #detectors: StoredDetectors;
  readonly #detectorCache: DetectorCache;
  readonly #maxBytes: number;
  readonly #trust: TrustOptions;
  /** The aliases that are stored on disk, by model and alias. */
  readonly #remembered = new Map<string, Alias>();

  constructor({ location, openStore, cacheDir, maxBytes, trust = {} }: S3RegistryOptions) {
    this.#trust = trust;
    this.#store = new RegistryStore(location, openStore);
    this.#aliases = new StoredAliases(this.#store);
    this.#versions = new StoredVersions(this.#store);
    this.#gates = new StoredGates(this.#store);
    this.#gateConfig = new StoredGateConfig(this.#store);
    const cacheFolder = cacheFolderOf(cacheDir, location);
    this.#cache = new ArtifactCache(cacheFolder);
    this.#detectors = new StoredDetectors(this.#store);
    this.#detectorCache = new DetectorCache(cacheFolder, this.#detectors);
    this.#maxBytes = maxBytes;
  }

  get location(): string {
    return this.#store.location;
  }

  async readAlias(model: string, alias: string): Promise<Alias | undefined> {
    if (!isName(alias)) return undefined;
    const pointer = await this.#aliases.read(model, alias);
    // A faulty disk must not prevent serving.
    await this.#remember(model, alias, pointer).catch(() => undefined);
    return pointer;
  }

  listAliases(model: string): Promise<Record<string, Alias>> {
    return this.#aliases.list(model);
  }

  listVersions(model: string): Promise<number[]> {
    return this.#versions.list(model);
  }

  /** Reads a downloaded version without the store, because versions are immutable. */
  async readManifest(model: string, version: number): Promise<Manifest> {
    const cached = await this.#cache.readManifest(model, version);
    return cached ?? (await this.#versions.readManifest(model, version)).manifest;
  }

  /** Returns an intact local copy without accessing the store, or else downloads and verifies the version. */
  async fetchArtifact(
    model: string,
    version: number,
    signal?: AbortSignal,
  ): Promise<LocalArtifact> {
    try {
      signal?.throwIfAborted();
      const { publicKey } = this.#trust;
      const cached = await this.#cache.find(model, version, { publicKey, signal });
      return cached ?? (await this.#download(model, version, signal));
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof RegistryError) throw error;
      const what = `cannot download ${model} ${version} from ${this.location}`;
      throw new RegistryError(`${what}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Returns an intact local copy without accessing the store; works without the store if the package has a copy. */
  fetchDetector(reference: DetectorReference, signal?: AbortSignal): Promise<LocalDetector> {
    const cached: DetectorPlace = (wanted, stop) => this.#detectorCache.fetch(wanted, stop);
    return findDetector(placesOf(cached, this.#trust), reference, signal);
  }

  async recallAlias(model: string, alias: string): Promise<Alias | undefined> {
    return isName(alias) ? this.#cache.recallAlias(model, alias) : undefined;
  }

  /** Other processes that share the folder may have to download removed versions again. */
  async keepOnly(model: string, versions: ReadonlySet<number>): Promise<void> {
    await this.#cache.keepOnly(model, versions).catch((error: unknown) => {
      const what = `cannot remove local copies of ${model} from ${this.location}`;
      throw new RegistryError(`${what}: ${messageOf(error)}`, { cause: error });
    });
  }

  async publish(version: NewVersion): Promise<number> {
    requireName('model', version.name);
    const { sign } = this.#trust;
    const putDetector = this.#detectors.writerFrom(version.detectorFrom);
    const manifest = await this.#store.ask((store) =>
      publishByClaim(store, version, { versions: this.#versions, putDetector, sign }),
    );
    await this.#detectors.restore(manifest, version.detectorFrom);
    return manifest.version;
  }

  /** A local copy is removed, as it has the old signature or none. */
  async signVersion(model: string, version: number, sign: Sign): Promise<void> {
    await this.#versions.sign(model, version, sign);
    await this.#cache.forget(model, version);
  }

  readSignature(model: string, version: number): Promise<SignedManifest | undefined> {
    return this.#versions.readSignature(model, version);
  }

  changeAlias(
    model: string,
    alias: string,
    change: (current: Alias | undefined) => Alias,
  ): Promise<Alias> {
    return this.#aliases.change(model, alias, change);
  }

  async removeVersion(model: string, version: number): Promise<void> {
    await this.#versions.remove(model, version);
    await this.#cache.forget(model, version);
  }

  async listDetectors(): Promise<ListedDetector[]> {
    const named = await detectorUsers(this.#store, this.#versions);
    return this.#detectors.list(named);
  }

  removeDetector(version: number): Promise<boolean> {
    const isNamed = async () =>
      (await detectorUsers(this.#store, this.#versions)).get(version) !== undefined;
    return this.#detectors.remove(version, isNamed);
  }

  addGate(result: GateResult): Promise<void> {
    return this.#gates.add(result);
  }

  readGate(model: string, id: string): Promise<GateResult | undefined> {
    return this.#gates.read(model, id);
  }

  listGates(model: string): Promise<string[]> {
    return this.#gates.list(model);
  }

  readGateConfig(model: string): Promise<GateConfigFile | undefined> {
    return this.#gateConfig.read(model);
  }

  async changeGateConfig(
    model: string,
    change: (current: GateConfigFile | undefined) => GateConfigFile,
  ): Promise<GateConfigFile> {
    return this.#gateConfig.change(model, change);
  }

  async #remember(model: string, alias: string, pointer: Alias | undefined): Promise<void> {
    const key = `${model}/${alias}`;
    if (pointer !== undefined && this.#remembered.get(key) === pointer) return;
    this.#remembered.delete(key);
    await this.#cache.rememberAlias(model, alias, pointer);
    if (pointer !== undefined) this.#remembered.set(key, pointer);
  }

  async #download(model: string, version: number, signal?: AbortSignal): Promise<LocalArtifact> {
    const { publicKey } = this.#trust;
    const stored = await this.#versions.readTrusted(model, version, publicKey);
    const bytes = stored.manifest.files.reduce((total, file) => total + file.bytes, 0);
    if (bytes > this.#maxBytes) {
      throw new RegistryError(
        `${model} ${version} of ${this.location} has ${bytes} bytes; at most ${this.#maxBytes} are downloaded`,
      );
    }
    await this.#cache.requireRoom(bytes);
    const files = await this.#versions.findFiles(stored.manifest);
    signal?.throwIfAborted();
    return this.#store.ask((store) =>
      this.#cache.add({ ...stored, files }, ({ path, bytes: maxBytes }, to) =>
        store.download(versionKey(model, version, path), to, { maxBytes, signal }),
      ),
    );
  }
}
