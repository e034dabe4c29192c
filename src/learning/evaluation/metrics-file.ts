import { z } from 'zod';
import { engineNames, precisions } from '../../inference/engine/engine.ts';
import { bucketSchema } from '../../inference/head/buckets.ts';

/**
 * The schema that evaluation writes. The first one, of version 1 of the shipped model, had no `schemaVersion` and
 * held `all` and `groups` under `validation`, whatever the split; those keep their names and shape here.
 */
export const METRICS_SCHEMA_VERSION = 2;

const share = z.number().min(0).max(1);
const count = z.int().min(0);

const intervalSchema = z.object({ low: z.number(), high: z.number() });

/** Figures that are the mean of one number per photo. */
const scoreShape = {
  /** Mean absolute error of the mean age, years. */
  mae: z.number().min(0),
  /** Mean of mean age − true age, years: above 0 where faces are taken for older than they are. */
  bias: z.number(),
  /** Share of the photos whose mean age is within five years. */
  cs5: share,
  bucketAccuracy: share,
  /** Share whose most probable bucket is the true one or a neighbour. */
  withinOneBucket: share,
  /** Share of the true ages inside the interval. */
  intervalCoverage: share,
};

export const scoreNames = [
  'mae',
  'bias',
  'cs5',
  'bucketAccuracy',
  'withinOneBucket',
  'intervalCoverage',
] as const satisfies (keyof typeof scoreShape)[];

/** An error rate: `errors` of `of` photos; no rate where there is no photo, with Wilson's interval. */
const rateSchema = z.object({
  errors: count,
  of: count,
  rate: share.nullable(),
  interval: intervalSchema.nullable(),
});

/** What happens to minors and adults where those pass whose mean age is at least the threshold plus the buffer. */
const thresholdSchema = z.object({
  bufferYears: z.number().min(0),
  /** Minors that pass, of all minors. */
  falsePositive: rateSchema,
  /** Adults that do not pass, of all adults. */
  falseNegative: rateSchema,
});

const measuredSchema = z.object({
  count: count.min(1),
  ...scoreShape,
  /** Expected calibration error of the most probable bucket. */
  ece: share,
  /**
   * 95th percentile of the ECE that a perfectly calibrated model with the same confidences would get on as many
   * photos; null in groups by true age, where no ECE means anything: such a group is chosen by the answer.
   */
  calibratedEce95: share.nullable(),
  /** Bootstrap intervals; null where there are too few photos for them. */
  intervals: z.record(z.enum(scoreNames), intervalSchema).nullable(),
  /** By buffer; null where the model cannot answer for the threshold. */
  threshold: z.array(thresholdSchema).nullable(),
});

const reliabilityBinSchema = z.object({
  from: share,
  to: share,
  photos: count.min(1),
  /** Mean probability of the most probable bucket. */
  confidence: share,
  /** Share of the photos whose most probable bucket is the true one. */
  accuracy: share,
  /** The middle 95 % of the accuracies that a calibrated model would get in this bin. */
  consistency: intervalSchema,
});

/** One epoch of training; further columns are welcome. */
const epochSchema = z
  .object({
    epoch: z.int().positive(),
    /** Of training, in whatever the run minimises. */
    loss: z.number(),
    /** Years. */
    validationMae: z.number(),
    learningRate: z.number(),
  })
  .catchall(z.number());

const modelSchema = z.object({
  name: z.string(),
  version: z.int().positive(),
  architecture: z.string(),
  head: z.enum(['age-distribution', 'buckets']),
  /** Share of the photos that the interval is meant to cover. */
  intervalLevel: share,
  engine: z.enum(engineNames),
  device: z.enum(['cpu', 'gpu']),
  /** Files of before there was a choice do not say. */
  precision: z.enum(precisions).default('fp32'),
  size: z.object({ parameters: count, multiplyAccumulates: count }).nullable(),
});

const datasetSchema = z.object({
  name: z.string(),
  split: z.string(),
  photos: count.min(1),
  /** Labelled photos that could not be read, and count in no figure. */
  unreadable: count,
});

const methodSchema = z.object({
  seed: z.int(),
  eceBins: z.int().positive(),
  calibratedDraws: z.int().positive(),
  bootstrapResamples: z.int().positive(),
  bootstrapLevel: share,
  /** Fewer photos get no interval. */
  bootstrapMinPhotos: z.int().positive(),
  thresholdYears: z.number().positive(),
  /** Why no threshold is answered for, or null. */
  thresholdUnavailable: z.string().nullable(),
});

/** `metrics.json`: a model's figures on one set of photos, and what the report's plots need. No photo is in it. */
export const metricsFileSchema = z.object({
  schemaVersion: z.literal(METRICS_SCHEMA_VERSION),
  createdAt: z.iso.datetime(),
  model: modelSchema,
  dataset: datasetSchema,
  method: methodSchema,
  buckets: z.array(bucketSchema).min(2),
  /** Names of the groups' values, by column. */
  groupNames: z.record(z.string(), z.record(z.string(), z.string())),
  all: measuredSchema,
  /** By column (`age` is the true age's bucket) and value. */
  groups: z.record(z.string(), z.record(z.string(), measuredSchema)),
  /** Photos by true bucket (rows) and most probable bucket. */
  confusion: z.array(z.array(count)),
  reliability: z.array(reliabilityBinSchema),
  /** Photos by true and predicted mean age, in squares of `cellYears`. */
  ageMap: z.object({
    cellYears: z.number().positive(),
    cells: z.array(z.object({ trueFrom: count, predictedFrom: count, photos: count.min(1) })),
  }),
  /** Training epochs, where they are known. */
  history: z.array(epochSchema),
});

export type MetricsFile = z.infer<typeof metricsFileSchema>;
export type Measured = z.infer<typeof measuredSchema>;
export type ScoreName = (typeof scoreNames)[number];
export type Interval = z.infer<typeof intervalSchema>;
export type Rate = z.infer<typeof rateSchema>;
export type ThresholdRates = z.infer<typeof thresholdSchema>;
export type ReliabilityBin = z.infer<typeof reliabilityBinSchema>;
export type TrainingEpoch = z.infer<typeof epochSchema>;
export type GroupNames = MetricsFile['groupNames'];

/** A metrics.json that cannot be used; the message says why. */
export class MetricsFileError extends Error {
  override readonly name = 'MetricsFileError';
}

/** @throws MetricsFileError where the text is no metrics.json of this schema. */
export function parseMetricsFile(text: string): MetricsFile {
  const document = parseJson(text);
  const { success, data } = z.looseObject({ schemaVersion: z.number() }).safeParse(document);
  if (!success || data.schemaVersion !== METRICS_SCHEMA_VERSION) {
    const found = success ? `schemaVersion ${data.schemaVersion}` : 'no schemaVersion';
    throw new MetricsFileError(
      `metrics.json has ${found}; this build reads ${METRICS_SCHEMA_VERSION}: evaluate the model again.`,
    );
  }
  const parsed = metricsFileSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new MetricsFileError(`metrics.json is not valid:\n${z.prettifyError(parsed.error)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MetricsFileError('metrics.json is not JSON.', { cause: error });
  }
}

/** The figures of all photos that a manifest's `metrics` holds. */
export function manifestMetrics({ all }: MetricsFile): Record<string, number> {
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}
