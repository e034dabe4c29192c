import { z } from 'zod';
import { engineNames, graphFiles } from '../inference/engine/engine.ts';
import { ageHeadSchema, bucketSchema } from '../inference/head/age-head.ts';
import { preprocessSpecSchema } from '../inference/preprocess/spec.ts';
import { NAME_PATTERN } from './names.ts';

/** The schema version that publishing writes: since 3 there may be an 8-bit form of the network. */
export const SCHEMA_VERSION = 3;
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

/** The network once more in 8-bit integers, beside `model.onnx`. */
const int8Schema = z.strictObject({
  /** One of `files`. */
  file: z.literal(graphFiles.int8),
  /** Its answers to the pictures of `golden`, in their order. */
  golden: z.array(
    z.strictObject({ output: z.array(z.number()), tolerance: z.number().positive() }),
  ),
  /** On the same photos as the network's own. */
  metrics: z.record(z.string(), z.number()),
  /** Years that its mean absolute error is larger by; below 0 where it is smaller. */
  maeCost: z.number(),
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

/** The fields of a manifest, each by itself. */
export const manifestFieldsSchema = z.strictObject({
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
  /** Only where the graph was made here. */
  int8: int8Schema.optional(),
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

/** `models/<name>/<version>/manifest.json`: all that is known of a version. Written last; immutable. */
export const manifestSchema = manifestFieldsSchema
  .refine(({ int8, golden }) => int8 === undefined || int8.golden.length === golden.length, {
    error: 'there must be an 8-bit answer to each golden sample',
    path: ['int8', 'golden'],
  })
  .refine(({ int8, files }) => int8 === undefined || files.some(({ path }) => path === int8.file), {
    error: 'the 8-bit graph must be one of the files',
    path: ['int8', 'file'],
  });

/** A manifest as a service tells it: without the golden samples, which only loading reads. */
export const publicManifestSchema = manifestFieldsSchema
  .omit({ golden: true })
  .extend({ int8: int8Schema.omit({ golden: true }).optional() });

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestFile = z.infer<typeof fileSchema>;
export type Golden = z.infer<typeof goldenSchema>;
export type Int8Form = z.infer<typeof int8Schema>;

export type PublicManifest = z.infer<typeof publicManifestSchema>;

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

export function publicManifest(manifest: Manifest): PublicManifest {
  const { int8 } = manifest;
  // JSON leaves out what is undefined.
  const notReported = { golden: undefined };
  return { ...manifest, ...notReported, ...(int8 && { int8: { ...int8, ...notReported } }) };
}
