import { z } from 'zod';
import { engineNames } from '../engine/engine.ts';
import { ageHeadSchema, bucketSchema } from '../network/age-head.ts';
import { preprocessSpecSchema } from '../preprocess/spec.ts';
import { NAME_PATTERN } from './name-pattern.ts';

/** The schema version that publishing writes: since 2 an interval's quantiles may follow the predicted age. */
export const SCHEMA_VERSION = 2;
/** Readers accept the version that is written and the one before. */
const READABLE_VERSIONS: readonly number[] = [SCHEMA_VERSION, SCHEMA_VERSION - 1];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const fileSchema = z.strictObject({
  /** Relative to the version's folder; a plain file name, so a manifest cannot point outside. */
  path: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  bytes: z.int().min(0),
  sha256,
});

/** A drawn picture or seeded noise and the raw output that every load must reproduce. Never a photo. */
const goldenSchema = z.strictObject({
  /** Base64 of height × width grey levels. */
  pixels: z.base64(),
  output: z.array(z.number()),
  /** Largest absolute difference allowed, by engine. */
  tolerance: z.partialRecord(z.enum(engineNames), z.number().positive()),
});

/** Bin i counts values from edges[i] to below edges[i + 1]; those beyond the outer edges are in the outer bins. */
const histogramSchema = z
  .strictObject({
    edges: z.array(z.number()).min(2).max(1000),
    counts: z.array(z.int().min(0)),
  })
  .refine(({ edges }) => edges.every((edge, bin) => bin === 0 || edge > edges[bin - 1]!), {
    error: 'edges must ascend',
  })
  .refine(({ edges, counts }) => counts.length === edges.length - 1, {
    error: 'there must be one count between each two edges',
  });

const datasetSchema = z.strictObject({
  name: z.string(),
  fingerprint: sha256,
  counts: z.record(z.string(), z.int().min(0)),
  splits: z.record(z.string(), z.string()),
});

/** Any value that JSON has. */
export const jsonValueSchema = z.json();

const trainingSchema = z.strictObject({
  seed: z.int(),
  /** Width, depth, schedule and so on: what a run needs to be repeated. */
  recipe: z.record(z.string(), jsonValueSchema),
  durationSeconds: z.number().min(0),
  /** Of the retraining that made it, if one did. */
  runId: z.string().min(1).optional(),
});

/** `models/<name>/<version>/manifest.json`: all that is known of a version. Written last; immutable. */
export const manifestSchema = z.strictObject({
  schemaVersion: z.int().refine((version) => READABLE_VERSIONS.includes(version)),
  name: z.string().regex(NAME_PATTERN),
  version: z.int().positive(),
  createdAt: z.iso.datetime(),
  parent: z.int().positive().nullable(),
  gitCommit: z.string().nullable(),
  architecture: z.string(),
  engines: z.array(z.enum(engineNames)).min(1),
  preprocess: preprocessSpecSchema,
  head: ageHeadSchema,
  buckets: z.array(bucketSchema).min(2),
  files: z.array(fileSchema).min(1),
  golden: z.array(goldenSchema).min(1),
  /** The photos that trained it, and by default those that calibrated and judged it. */
  dataset: datasetSchema.nullable(),
  /** The photos that calibrated and judged it, where they are others. */
  calibratedOn: datasetSchema.optional(),
  metrics: z.record(z.string(), z.number()),
  /** By feature, of the photos it was validated on: what drift is measured against. */
  reference: z.record(z.string(), histogramSchema),
  training: trainingSchema.nullable(),
  license: z.string().min(1),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestFile = z.infer<typeof fileSchema>;
export type Golden = z.infer<typeof goldenSchema>;

/** An artifact whose manifest cannot be used; the message says why. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/**
 * Reads a manifest's text.
 * @throws ManifestError when it is no JSON, of a schema version this build cannot read, or not valid.
 */
export function parseManifest(text: string): Manifest {
  const document = parseJson(text);
  const version = z.looseObject({ schemaVersion: z.number() }).safeParse(document);
  if (!version.success) throw new ManifestError('the manifest has no schemaVersion');
  if (!READABLE_VERSIONS.includes(version.data.schemaVersion)) {
    throw new ManifestError(
      `the manifest has schemaVersion ${version.data.schemaVersion}; this build reads ${READABLE_VERSIONS.toSorted().join(' and ')}`,
    );
  }
  const parsed = manifestSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new ManifestError(`the manifest is not valid:\n${z.prettifyError(parsed.error)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ManifestError('the manifest is not JSON', { cause: error });
  }
}
