import { z } from 'zod';
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

/** The reading side of a store of models. Each method throws RegistryError when the store cannot answer. */
export interface ModelRegistry {
  /** For people: `./models` or `s3://bucket/prefix`. */
  readonly location: string;
  /** The alias pointer, or undefined where there is none. */
  readAlias(model: string, alias: string): Promise<Alias | undefined>;
  listAliases(model: string): Promise<Record<string, Alias>>;
  /** Whole version numbers, ascending; only versions whose manifest exists. */
  listVersions(model: string): Promise<number[]>;
  readManifest(model: string, version: number): Promise<Manifest>;
  /** Brings the version's files to local disk. */
  fetchArtifact(model: string, version: number): Promise<LocalArtifact>;
}

/** The store could not answer, or holds something unusable; the message says which and where. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
}
