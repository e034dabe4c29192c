import { z } from 'zod';
import { engineNames, precisions } from '../../inference/engine/engine.ts';
import { bucketSchema } from '../../inference/head/buckets.ts';
import {
  count,
  intervalSchema,
  rangeFiguresSchema,
  reliabilityBinSchema,
  share,
} from './ranges/range-figures-schema.ts';

/**
 * The schema version that the evaluation writes. Version 3 adds `ranges`, and `all` is null where no label is an exact age;
 * version 2 is still read. The first schema, used by version 1 of the shipped model, had no `schemaVersion` and held `all`
 * and `groups` under `validation`.
 */
export const METRICS_SCHEMA_VERSION = 3;
const OLDEST_READ_VERSION = 2;

/** Metrics that are the mean of one number per photo. */
const scoreShape = {
  /** Mean absolute error of the mean age, in years. */
  mae: z.number().min(0),
  /** Mean of predicted mean age − labeled age, in years; positive if ages are overestimated. */
  bias: z.number(),
  /** Share of the photos whose mean age is within five years of the label. */
  cs5: share,
  bucketAccuracy: share,
  /** Share of the photos whose most probable bucket is the true one or adjacent to it. */
  withinOneBucket: share,
  /** Share of the labeled ages inside the interval. */
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

/** An error rate, `errors` of `of` photos, with Wilson's interval; both are null without photos. */
const rateSchema = z.object({
  errors: count,
  of: count,
  rate: share.nullable(),
  interval: intervalSchema.nullable(),
});

/** Error rates of an age check in which a face passes if its mean age is at least the threshold plus the buffer. */
const thresholdSchema = z.object({
  bufferYears: z.number().min(0),
  /** Minors who pass, of all minors. */
  falsePositive: rateSchema,
  /** Adults who do not pass, of all adults. */
  falseNegative: rateSchema,
});

const measuredSchema = z.object({
  count: count.min(1),
  ...scoreShape,
  /** Expected calibration error of the most probable bucket. */
  ece: share,
  /**
   * 95th percentile of the ECE of a perfectly calibrated model with the same confidences on as many photos. Null for
   * groups by true age, where the ECE is meaningless because the group is selected by the label.
   */
  calibratedEce95: share.nullable(),
  /** Bootstrap intervals; null if there are too few photos. */
  intervals: z.record(z.enum(scoreNames), intervalSchema).nullable(),
  /** Error rates by buffer; null if the model does not predict single years. */
  threshold: z.array(thresholdSchema).nullable(),
});

/** One epoch of training; additional numbers are allowed. */
const epochSchema = z
  .object({
    epoch: z.int().positive(),
    /** Training loss. */
    loss: z.number(),
    /** In years. */
    validationMae: z.number(),
    learningRate: z.number(),
  })
  .catchall(z.number());

const modelSchema = z.object({
  name: z.string(),
  version: z.int().positive(),
  architecture: z.string(),
  head: z.enum(['age-distribution', 'buckets']),
  /** Nominal coverage of the interval. */
  intervalLevel: share,
  engine: z.enum(engineNames),
  device: z.enum(['cpu', 'gpu']),
  /** Older files do not have this field. */
  precision: z.enum(precisions).default('fp32'),
  size: z.object({ parameters: count, multiplyAccumulates: count }).nullable(),
  /** `largest` if the largest face was found in each photo and aligned. Older files do not have this field. */
  faces: z.enum(['none', 'largest']).default('none'),
});

const datasetSchema = z.object({
  name: z.string(),
  split: z.string(),
  photos: count.min(1),
  /** Labeled photos that could not be read; they are not part of any metric. */
  unreadable: count,
  /** Labeled photos in which no face was found; they are not part of any metric. Older files do not have this field. */
  noFace: count.default(0),
});

const methodSchema = z.object({
  seed: z.int(),
  eceBins: z.int().positive(),
  calibratedDraws: z.int().positive(),
  bootstrapResamples: z.int().positive(),
  bootstrapLevel: share,
  /** Minimum number of photos for an interval. */
  bootstrapMinPhotos: z.int().positive(),
  thresholdYears: z.number().positive(),
  /** Why the error rates at the threshold are not available, or null. */
  thresholdUnavailable: z.string().nullable(),
});

/** `metrics.json`: the metrics of a model on one set of photos and the data for the plots. It contains no photos. */
export const metricsFileSchema = z.object({
  schemaVersion: z
    .int()
    .min(OLDEST_READ_VERSION)
    .max(METRICS_SCHEMA_VERSION)
    .transform(() => METRICS_SCHEMA_VERSION),
  createdAt: z.iso.datetime(),
  model: modelSchema,
  dataset: datasetSchema,
  method: methodSchema,
  buckets: z.array(bucketSchema).min(2),
  /** Names of group values, by column. */
  groupNames: z.record(z.string(), z.record(z.string(), z.string())),
  /** Metrics of the photos whose age is known exactly; null if there are none. */
  all: measuredSchema.nullable(),
  /** The same by column (`age` is the true age bucket) and value. */
  groups: z.record(z.string(), z.record(z.string(), measuredSchema)),
  /** Photos by true bucket (rows) and most probable bucket (columns). */
  confusion: z.array(z.array(count)),
  reliability: z.array(reliabilityBinSchema),
  /** Photos by labeled and predicted mean age, in cells of `cellYears`. */
  ageMap: z.object({
    cellYears: z.number().positive(),
    cells: z.array(z.object({ trueFrom: count, predictedFrom: count, photos: count.min(1) })),
  }),
  /** Metrics of the photos whose labels are ranges; null if there are none. Older files do not have this field. */
  ranges: rangeFiguresSchema.nullable().default(null),
  /** Training epochs, if known. */
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

/** A metrics.json cannot be used; the message says why. */
export class MetricsFileError extends Error {
  override readonly name = 'MetricsFileError';
}

/** A metrics file that has metrics of exact ages. */
export type ExactMetricsFile = MetricsFile & { all: Measured };

export function hasExactMetrics(metrics: MetricsFile): metrics is ExactMetricsFile {
  return metrics.all !== null;
}

/** @throws MetricsFileError if the text is not a metrics.json of a schema version that is read. */
export function parseMetricsFile(text: string): MetricsFile {
  const document = parseJson(text);
  const { success, data } = z.looseObject({ schemaVersion: z.number() }).safeParse(document);
  if (!success || !isRead(data.schemaVersion)) {
    const found = success ? `schemaVersion ${data.schemaVersion}` : 'no schemaVersion';
    throw new MetricsFileError(
      `metrics.json has ${found}; this build reads ${OLDEST_READ_VERSION} and ${METRICS_SCHEMA_VERSION}: evaluate the model again.`,
    );
  }
  const parsed = metricsFileSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new MetricsFileError(`metrics.json is not valid:\n${z.prettifyError(parsed.error)}`);
}

function isRead(version: number): boolean {
  return version >= OLDEST_READ_VERSION && version <= METRICS_SCHEMA_VERSION;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MetricsFileError('metrics.json is not JSON.', { cause: error });
  }
}

/**
 * The metrics of all photos, for the `metrics` of a manifest. Those of range labels have names of their own: `rangeCount`,
 * `groupAccuracy`, `withinOneGroup`, `groupEce` and `calibratedGroupEce95`.
 */
export function manifestMetrics({
  all,
  ranges,
}: Pick<MetricsFile, 'all' | 'ranges'>): Record<string, number> {
  const ofRanges = ranges && {
    rangeCount: ranges.all.count,
    groupAccuracy: ranges.all.groupAccuracy,
    withinOneGroup: ranges.all.withinOneGroup,
    groupEce: ranges.all.ece,
    calibratedGroupEce95: ranges.all.calibratedEce95,
  };
  return { ...numbersOf(all ?? {}), ...numbersOf(ofRanges ?? {}) };
}

function numbersOf(figures: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    ),
  );
}
