import { z } from 'zod';
import type { GateConfigFile } from './gate-config.ts';
import type { GateResult } from './gate-result.ts';
import type { Manifest } from './manifest.ts';

/** `models/<name>/aliases/<alias>.json`: which version an alias stands for. */
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

/** A version's files on local disk, named and sized as its manifest says; content not verified yet. */
export interface LocalArtifact {
  directory: string;
  manifest: Manifest;
}

/**
 * The reading side of a store of models. Each method throws RegistryError when the store cannot answer, or holds
 * something unusable.
 */
export interface ModelRegistry {
  /** For people: `./models` or `s3://bucket/prefix`. */
  readonly location: string;
  /** The alias pointer, or undefined where there is none. A store that can be asked only for changes is. */
  readAlias(model: string, alias: string): Promise<Alias | undefined>;
  listAliases(model: string): Promise<Record<string, Alias>>;
  /** Whole version numbers, ascending; only versions whose manifest exists. */
  listVersions(model: string): Promise<number[]>;
  readManifest(model: string, version: number): Promise<Manifest>;
  /** Brings the version's files to local disk. Given up, with nothing left of it, when the signal aborts. */
  fetchArtifact(model: string, version: number, signal?: AbortSignal): Promise<LocalArtifact>;
  /**
   * The pointer as it was when last read, from local disk: what a start goes by while the store is away.
   * Undefined where nothing is remembered, and for stores that are local themselves. Never asks the store.
   */
  recallAlias(model: string, alias: string): Promise<Alias | undefined>;
  /** Removes the local copies of all versions but these, and of what was never finished; not the store's own. */
  keepOnly(model: string, versions: ReadonlySet<number>): Promise<void>;
}

/** A file to be published, by its content or where it lies. */
export type FileSource = Uint8Array | { file: string };

/** A version to be published. What it says of itself may hold its number, which is known only then. */
export interface NewVersion {
  name: string;
  /** This number where nothing ever had it, else the one after the highest; the latter by default. */
  wanted?: number;
  /** Asked again, with another number, where one that seemed free was taken meanwhile. */
  at(version: number): Promise<{
    manifest: Omit<Manifest, 'files' | 'version'>;
    files: ReadonlyMap<string, FileSource>;
  }>;
}

/** The writing side of a store of models. */
export interface RegistryWriter extends ModelRegistry {
  /**
   * Publishes a version whole or not at all: its files first, its manifest last. Two publishers never share a number.
   * Where it fails, or `at` throws, nothing is left of it.
   * @returns the number it got.
   */
  publish(version: NewVersion): Promise<number>;
  /**
   * Changes an alias by compare-and-swap: `change` is given the pointer as it is and says what it becomes; where
   * another change comes between, it is asked again. What `change` throws is thrown on, and nothing is changed.
   * @returns the pointer as written.
   */
  changeAlias(
    model: string,
    alias: string,
    change: (current: Alias | undefined) => Alias,
  ): Promise<Alias>;
  /**
   * Removes a version, its manifest first, so that no reader takes a part of it for the whole. Its number is never
   * given to another, as copies of it may be about. Aliases are not looked at.
   */
  removeVersion(model: string, version: number): Promise<void>;
  /** Writes a gate's result beside the versions, whole or not at all, and never over another of its id. */
  addGate(result: GateResult): Promise<void>;
  /** Undefined where there is none of this id. */
  readGate(model: string, id: string): Promise<GateResult | undefined>;
  /** The ids of all results, ascending: the oldest first where ids begin with a time. */
  listGates(model: string): Promise<string[]>;
  /** The thresholds of a model's gate, or undefined where nobody has set any. */
  readGateConfig(model: string): Promise<GateConfigFile | undefined>;
  /** Changes the thresholds of a model's gate by compare-and-swap, as `changeAlias` does an alias. */
  changeGateConfig(
    model: string,
    change: (current: GateConfigFile | undefined) => GateConfigFile,
  ): Promise<GateConfigFile>;
}

/** The store could not answer, or holds something unusable; the message says which and where. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
}
