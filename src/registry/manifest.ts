import { z } from 'zod';
import { engineNames, graphFiles } from '../inference/engine/engine.ts';
import { ageHeadSchema } from '../inference/head/age-head.ts';
import { bucketsSchema } from '../inference/head/buckets.ts';
import { faceOutputSchema } from '../inference/head/face-output.ts';
import { preprocessSpecSchema } from '../inference/preprocess/spec.ts';
import { framingSchema } from './framing.ts';
import { goldenOfFormSchema, goldenSchema, findNoDistributions } from './golden.ts';
import { NAME_PATTERN } from './names.ts';

/** The schema version that publishing writes: version 3 added the 8-bit form of the network, version 4 the framing. */
export const SCHEMA_VERSION = 4;
/** Readers accept the current schema version and the two before it. */
const READABLE_VERSIONS: readonly number[] = [2, 3, SCHEMA_VERSION];

/** The files of a version together are no larger. */
export const VERSION_MAX_BYTES = 2_000_000_000;
/** Larger counts and figures are mistakes. */
const NUMBER_MAX = 1e12;

const figure = z.number().min(-NUMBER_MAX).max(NUMBER_MAX);
const count = z.int().min(0).max(NUMBER_MAX);
const figures = z
  .record(z.string().max(200), figure)
  .refine((record) => Object.keys(record).length <= 1000, { error: 'there are too many figures' });

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What a file of a version is for: serving, training further versions, or people who read about it. */
const fileRoles = ['serve', 'train', 'report'] as const;

export type FileRole = (typeof fileRoles)[number];

const fileSchema = z.strictObject({
  /** A plain file name in the version's folder, so that a manifest cannot point outside. */
  path: z
    .string()
    .max(200)
    .regex(/^[^\W_][\w.-]*$/),
  bytes: z.int().min(0).max(VERSION_MAX_BYTES),
  sha256,
  /** Only files with the role `serve`, which is the default, must be present to serve the version. */
  role: z.enum(fileRoles).optional(),
});

const filesSchema = z
  .array(fileSchema)
  .min(1)
  .max(100)
  .refine((files) => new Set(files.map(({ path }) => path)).size === files.length, {
    error: 'a file is listed twice',
  })
  .refine((files) => files.reduce((sum, { bytes }) => sum + bytes, 0) <= VERSION_MAX_BYTES, {
    error: `the files have more than ${VERSION_MAX_BYTES} bytes`,
  });

/** The 8-bit form of the network, in addition to `model.onnx`. */
const int8Schema = z.strictObject({
  /** One of `files`. */
  file: z.literal(graphFiles.int8),
  /** Its outputs for the pictures of `golden`, in the same order. */
  golden: goldenOfFormSchema,
  /** Measured on the same photos as the metrics of the 32-bit form. */
  metrics: figures,
  /** By how many years its mean absolute error is larger; negative if it is smaller. */
  maeCost: z.number().min(-150).max(150),
});

/** The form of the network in 16-bit floats, in addition to `model.onnx`. */
const fp16Schema = int8Schema.extend({ file: z.literal('model.fp16.onnx') });

/** One of the data sets that trained a version. */
const sourceSchema = z.strictObject({
  name: z.string().min(1).max(200),
  license: z.string().min(1).max(2000),
  photos: count,
  /** How much each of its photos counts relative to those of the other sources. */
  weight: z.number().positive().max(1000),
});

/** Other versions, and data other than labeled photos, that shaped the weights of a version. */
const ingredientSchema = z.strictObject({
  role: z.enum(['parent', 'teacher', 'negatives', 'feedback', 'calibration', 'correction']),
  name: z.string().min(1).max(200),
  /** Of a parent or a teacher. */
  version: z.int().positive().max(NUMBER_MAX).optional(),
  license: z.string().min(1).max(2000),
});

/** Bin i counts values with edges[i] ≤ value < edges[i + 1]; the outer bins also count values beyond the edges. */
const histogramSchema = z
  .strictObject({
    edges: z.array(figure).min(2).max(1000),
    counts: z.array(count).max(1000),
  })
  .refine(({ edges }) => edges.every((edge, bin) => bin === 0 || edge > edges[bin - 1]!), {
    error: 'edges must ascend',
  })
  .refine(({ edges, counts }) => counts.length === edges.length - 1, {
    error: 'there must be one count between two consecutive edges',
  });

const datasetSchema = z.strictObject({
  name: z.string(),
  fingerprint: sha256,
  counts: z.record(z.string(), count),
  splits: z.record(z.string(), z.string()),
});

/** Any JSON value. */
export const jsonValueSchema = z.json();

const trainingSchema = z.strictObject({
  seed: z.int(),
  /** Width, depth, schedule and so on: everything needed to repeat the run. */
  recipe: z.record(z.string(), jsonValueSchema),
  durationSeconds: z.number().min(0).max(NUMBER_MAX),
  /** Of everything that it was trained on: photos with labels and splits, feedback with its weight, pictures without faces. */
  fingerprint: sha256.optional(),
  /** The id of the retraining run that created it, if any. */
  runId: z.string().min(1).optional(),
});

/** The fields of a manifest, without checks across fields. */
export const manifestFieldsSchema = z.strictObject({
  schemaVersion: z.int().refine((version) => READABLE_VERSIONS.includes(version)),
  name: z.string().regex(NAME_PATTERN),
  version: z.int().positive().max(NUMBER_MAX),
  createdAt: z.iso.datetime(),
  parent: z.int().positive().max(NUMBER_MAX).nullable(),
  gitCommit: z.string().max(200).nullable(),
  architecture: z.string().max(200),
  engines: z.array(z.enum(engineNames)).min(1),
  preprocess: preprocessSpecSchema,
  head: ageHeadSchema,
  buckets: bucketsSchema,
  files: filesSchema,
  golden: goldenSchema,
  /** Only for graphs that this project exported. */
  int8: int8Schema.optional(),
  fp16: fp16Schema.optional(),
  /** How faces are brought into the network's input. See `framingOf` for versions without it. */
  framing: framingSchema.optional(),
  /** Each row of the output ends with the probability that the input is a framed face; versions without it have none. */
  face: faceOutputSchema.optional(),
  /** Where there is more than one data set; `dataset` describes them together. */
  sources: z.array(sourceSchema).max(100).optional(),
  derivedFrom: z.array(ingredientSchema).max(100).optional(),
  /** The dataset that trained it, and by default also calibrated and evaluated it. */
  dataset: datasetSchema.nullable(),
  /** The dataset that calibrated and evaluated it, if it is another one. */
  calibratedOn: datasetSchema.optional(),
  metrics: figures,
  /** Histograms of the validation photos by feature: the reference for drift. */
  reference: z.record(z.string().max(200), histogramSchema),
  training: trainingSchema.nullable(),
  license: z.string().min(1).max(2000),
});

/** `models/<name>/<version>/manifest.json`: everything about a version. Written last; immutable. */
export const manifestSchema = manifestFieldsSchema
  .refine(({ int8, golden }) => int8 === undefined || int8.golden.length === golden.length, {
    error: 'there must be an 8-bit output for each golden sample',
    path: ['int8', 'golden'],
  })
  .refine(({ int8, files }) => int8 === undefined || files.some(({ path }) => path === int8.file), {
    error: 'the 8-bit graph must be one of the files',
    path: ['int8', 'file'],
  })
  .superRefine((manifest, context) => {
    const output = manifest.face ? 'the output without its face probability' : 'the output';
    const message = `${output} is not a distribution: it must sum to 1`;
    for (const path of findNoDistributions(manifest))
      context.addIssue({ code: 'custom', message, path });
  });

/** The manifest as the service publishes it: without the golden samples, which only loading uses. */
export const publicManifestSchema = manifestFieldsSchema.omit({ golden: true }).extend({
  int8: int8Schema.omit({ golden: true }).optional(),
  fp16: fp16Schema.omit({ golden: true }).optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestFile = z.infer<typeof fileSchema>;
export type Ingredient = z.infer<typeof ingredientSchema>;
export type Int8Form = z.infer<typeof int8Schema>;

export type PublicManifest = z.infer<typeof publicManifestSchema>;

/** The manifest of an artifact is not valid; the message says why. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/**
 * Parses and validates a manifest.
 * @throws ManifestError if it is not JSON, has a schema version that this build cannot read, or is not valid
 */
export function parseManifest(text: string): Manifest {
  const document = parseJson(text);
  const version = z.looseObject({ schemaVersion: z.number() }).safeParse(document);
  if (!version.success) throw new ManifestError('the manifest has no schemaVersion');
  if (!READABLE_VERSIONS.includes(version.data.schemaVersion)) {
    throw new ManifestError(
      `the manifest has schemaVersion ${version.data.schemaVersion}; this build reads ${READABLE_VERSIONS.join(', ')}`,
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

/** Whether a version cannot be served without a file. */
export function isNeededToServe({ role = 'serve' }: ManifestFile): boolean {
  return role === 'serve';
}

export function publicManifest(manifest: Manifest): PublicManifest {
  const { int8, fp16 } = manifest;
  // JSON omits undefined values.
  const notReported = { golden: undefined };
  return {
    ...manifest,
    ...notReported,
    ...(int8 && { int8: { ...int8, ...notReported } }),
    ...(fp16 && { fp16: { ...fp16, ...notReported } }),
  };
}
