import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Sign } from '../common/ed25519.ts';
import type { DetectorManifest, DetectorReference } from './detector/detector-manifest.ts';
import type { GateConfigFile } from './gate/gate-config.ts';
import type { GateResult } from './gate/gate-result.ts';
import type { FileRole, Manifest } from './manifest.ts';

/** `models/<name>/aliases/<alias>.json`: the version that an alias points to. */
export const aliasSchema = z.object({
  version: z.int().positive(),
  previous: z.int().positive().nullable().default(null),
  /** Share of the traffic, for canaries. */
  weight: z.number().min(0).max(1).optional(),
  updatedAt: z.iso.datetime(),
  by: z.string().default('unknown'),
  reason: z.string().default(''),
  history: z
    .array(z.looseObject({ version: z.int().positive(), updatedAt: z.iso.datetime() }))
    .default([]),
});

export type Alias = z.infer<typeof aliasSchema>;

/**
 * A version's files on local disk, with the names and sizes of its manifest; their content is not verified yet. Files
 * that are not needed to serve may be missing.
 */
export interface LocalArtifact {
  directory: string;
  manifest: Manifest;
}

/** A face detector's folder on local disk, whose files match its manifest. */
export interface LocalDetector {
  directory: string;
  manifest: DetectorManifest;
}

/** A detector in a registry. */
export interface ListedDetector {
  version: number;
  /** When the last of its files was written. */
  modifiedAt: Date;
  /** The versions that name it, such as `face-age 5`. */
  namedBy: string[];
}

/**
 * Read access to a model registry. Each method throws RegistryError if the store fails or holds invalid data.
 */
export interface ModelRegistry {
  /** For messages: `./models` or `s3://bucket/prefix`. */
  readonly location: string;
  /** The alias, or undefined if it does not exist. It is transferred only if it has changed, where the store allows it. */
  readAlias(model: string, alias: string): Promise<Alias | undefined>;
  listAliases(model: string): Promise<Record<string, Alias>>;
  /** The version numbers in ascending order; only versions with a manifest. */
  listVersions(model: string): Promise<number[]>;
  readManifest(model: string, version: number): Promise<Manifest>;
  /** The signature of a version with the manifest that it belongs to; undefined where it has none. */
  readSignature(model: string, version: number): Promise<SignedManifest | undefined>;
  /** Downloads the version's files to local disk. When the signal aborts, it stops and leaves nothing behind. */
  fetchArtifact(model: string, version: number, signal?: AbortSignal): Promise<LocalArtifact>;
  /**
   * Finds the face detector that a version names: in the registry, else the copy inside this package. A detector with
   * another checksum is never returned. It needs no signature of its own, because the version's manifest names the
   * checksum of the network.
   * @throws RegistryError that says for each place why it has no such detector; the signal's reason
   */
  fetchDetector(reference: DetectorReference, signal?: AbortSignal): Promise<LocalDetector>;
  /**
   * The alias as last read, from local disk, so that a server can start while the store is unavailable. Undefined if
   * nothing is remembered and for local stores. Never accesses the store.
   */
  recallAlias(model: string, alias: string): Promise<Alias | undefined>;
  /** Removes the local copies of all versions but these, and unfinished downloads; the store itself is not changed. */
  keepOnly(model: string, versions: ReadonlySet<number>): Promise<void>;
}

/** A file to be published, given by its content or its path. */
export type FileSource = Uint8Array | { file: string };

/** Whose versions a registry reads, and as whom it writes. */
export interface TrustOptions {
  /** Versions are fetched only if this key signed their manifest. */
  publicKey?: KeyObject | undefined;
  /** Signs the manifest of each version that is published. */
  sign?: Sign | undefined;
}

/** A manifest and its detached signature, each as stored. */
export interface SignedManifest {
  text: Buffer;
  signature: Buffer;
}

/** A version to be published. Its files may contain its number, which is only known during publication. */
export interface NewVersion {
  name: string;
  /** Used if the number was never taken; by default, and otherwise, the number after the highest one. */
  preferredVersion?: number;
  /** Where to take the detector from that the version names, if the registry lacks it; this package by default. */
  detectorFrom?: Pick<ModelRegistry, 'fetchDetector'> | undefined;
  /** Called again with another number if the first one is taken meanwhile. */
  at(version: number): Promise<{
    manifest: Omit<Manifest, 'files' | 'version'>;
    files: ReadonlyMap<string, FileSource>;
    /** The roles of files that are not needed to serve the version, by path. */
    roles?: ReadonlyMap<string, FileRole> | undefined;
    /** The manifest as it was signed elsewhere; it must say the same. */
    signed?: SignedManifest | undefined;
  }>;
}

/** Write access to a model registry. */
export interface RegistryWriter extends ModelRegistry {
  /**
   * Publishes a version completely or not at all: its files first, then the detector that it names, its manifest last.
   * Two publishers never get the same number. If it fails, or `at` throws, nothing of the version is left behind. A
   * detector that is already there is never overwritten.
   * @returns the version number
   */
  publish(version: NewVersion): Promise<number>;
  /**
   * Signs a version that exists, or replaces its signature.
   * @throws RegistryError if there is no such version
   */
  signVersion(model: string, version: number, sign: Sign): Promise<void>;
  /**
   * Changes an alias by compare-and-swap: `change` maps the current state to the new one and is called again if another
   * writer changes the alias in between. If `change` throws, nothing is changed.
   * @returns the alias as written
   * @throws RegistryError; errors of `change`
   */
  changeAlias(
    model: string,
    alias: string,
    change: (current: Alias | undefined) => Alias,
  ): Promise<Alias>;
  /**
   * Removes a version, its manifest first, so that no reader sees an incomplete version. Its number is never reused,
   * because copies of it may exist. Aliases are not checked.
   */
  removeVersion(model: string, version: number): Promise<void>;
  /** The detectors in the registry, by version in ascending order. Reads the manifest of every version of every model. */
  listDetectors(): Promise<ListedDetector[]>;
  /**
   * Removes a detector that no version of any model names. If a version that names it is published meanwhile, it is there
   * in the end.
   * @returns whether it was removed
   */
  removeDetector(version: number): Promise<boolean>;
  /** Stores a gate's result completely or not at all; never replaces another one with the same id. */
  addGate(result: GateResult): Promise<void>;
  /** Undefined if there is no result with this id. */
  readGate(model: string, id: string): Promise<GateResult | undefined>;
  /** The ids of all results in ascending order, which is the order of time if ids start with a time. */
  listGates(model: string): Promise<string[]>;
  /** The thresholds of a model's gate, or undefined where nobody has set any. */
  readGateConfig(model: string): Promise<GateConfigFile | undefined>;
  /** Changes the thresholds of a model's gate by compare-and-swap, as `changeAlias` does an alias. */
  changeGateConfig(
    model: string,
    change: (current: GateConfigFile | undefined) => GateConfigFile,
  ): Promise<GateConfigFile>;
}

/** The store failed or holds invalid data; the message says what and where. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
}
