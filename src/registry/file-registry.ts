import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sign } from '../common/ed25519.ts';
import { StoredAliases } from './aliases.ts';
import { DETECTOR_NAME, type DetectorReference } from './detector/detector-manifest.ts';
import {
  detectorIn,
  findDetector,
  placesOf,
  type DetectorPlace,
} from './detector/find-detector.ts';
import { detectorUsers } from './detector/detector-users.ts';
import { StoredDetectors } from './detector/stored-detectors.ts';
import type { GateConfigFile } from './gate/gate-config.ts';
import type { GateResult } from './gate/gate-result.ts';
import { StoredGateConfig, StoredGates } from './gate/gate-store.ts';
import type { Manifest } from './manifest.ts';
import { moveInto, partialOf, removeAbandoned } from './partial-folder.ts';
import { MANIFEST_FILE, requireName, RegistryStore } from './registry-store.ts';
import type {
  Alias,
  ListedDetector,
  LocalArtifact,
  LocalDetector,
  NewVersion,
  RegistryWriter,
  SignedManifest,
  TrustOptions,
} from './registry.ts';
import { FolderStore } from './store/folder-store.ts';
import { putVersion, StoredVersions, type VersionWriter } from './versions.ts';

/** Models in a folder: `<root>/<name>/<version>/manifest.json`, `<root>/<name>/aliases/<alias>.json`. */
export class FileRegistry implements RegistryWriter {
  readonly #store: RegistryStore;
  readonly #aliases: StoredAliases;
  readonly #versions: StoredVersions;
  readonly #detectors: StoredDetectors;
  readonly #gates: StoredGates;
  readonly #gateConfig: StoredGateConfig;

  readonly #trust: TrustOptions;

  /**
   * @param root an absolute path, or one relative to the working directory.
   * @param trust nothing by default: no signature is needed, and none is written
   */
  constructor(root: string, trust: TrustOptions = {}) {
    this.#trust = trust;
    const folder = new FolderStore(root);
    this.#store = new RegistryStore(root, () => Promise.resolve(folder));
    this.#aliases = new StoredAliases(this.#store);
    this.#versions = new StoredVersions(this.#store);
    this.#detectors = new StoredDetectors(this.#store);
    this.#gates = new StoredGates(this.#store);
    this.#gateConfig = new StoredGateConfig(this.#store);
  }

  get location(): string {
    return this.#store.location;
  }

  readAlias(model: string, alias: string): Promise<Alias | undefined> {
    return this.#aliases.read(model, alias);
  }

  listAliases(model: string): Promise<Record<string, Alias>> {
    return this.#aliases.list(model);
  }

  listVersions(model: string): Promise<number[]> {
    return this.#versions.list(model);
  }

  async readManifest(model: string, version: number): Promise<Manifest> {
    return (await this.#versions.readManifest(model, version)).manifest;
  }

  /** The files are already local and are used in place. */
  async fetchArtifact(
    model: string,
    version: number,
    signal?: AbortSignal,
  ): Promise<LocalArtifact> {
    signal?.throwIfAborted();
    const { publicKey } = this.#trust;
    const { manifest } = await this.#versions.readTrusted(model, version, publicKey);
    return { directory: this.#folderOf(model, version), manifest };
  }

  fetchDetector(reference: DetectorReference, signal?: AbortSignal): Promise<LocalDetector> {
    const folder = this.#folderOf(DETECTOR_NAME, reference.version);
    const own: DetectorPlace = (wanted, stop) => detectorIn(folder, wanted, stop);
    return findDetector(placesOf(own, this.#trust), reference, signal);
  }

  /** Nothing is remembered, because the store itself is local. */
  recallAlias(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Does nothing, because there are no local copies. */
  keepOnly(): Promise<void> {
    return Promise.resolve();
  }

  /** Fills a hidden folder and renames it; if the number is taken by then, starts again with the next one. */
  async publish(version: NewVersion): Promise<number> {
    requireName('model', version.name);
    await removeAbandoned(join(this.location, version.name));
    for (let preferredVersion = version.preferredVersion; ; preferredVersion = undefined) {
      const number = await this.#versions.freeNumber(version.name, preferredVersion);
      const manifest = await this.#store.ask(() => this.#publishAs(number, version));
      if (manifest === undefined) continue;
      await this.#detectors.restore(manifest, version.detectorFrom);
      return number;
    }
  }

  signVersion(model: string, version: number, sign: Sign): Promise<void> {
    return this.#versions.sign(model, version, sign);
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

  removeVersion(model: string, version: number): Promise<void> {
    return this.#versions.remove(model, version);
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

  /** Undefined where the number was taken meanwhile. */
  async #publishAs(number: number, version: NewVersion): Promise<Manifest | undefined> {
    const folder = this.#folderOf(version.name, number);
    const partial = partialOf(folder);
    const store = new FolderStore(partial);
    await mkdir(partial, { recursive: true });
    try {
      const writer: VersionWriter = {
        putFile: (path, source) => store.upload(path, source),
        putDetector: this.#detectors.writerFrom(version.detectorFrom),
        putManifest: (text) => store.put(MANIFEST_FILE, text),
      };
      const manifest = await putVersion(version, number, writer, this.#trust.sign);
      return (await moveInto(folder, partial)) ? manifest : undefined;
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }

  #folderOf(model: string, version: number): string {
    return join(this.location, model, String(version));
  }
}
