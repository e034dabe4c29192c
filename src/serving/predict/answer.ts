import { z } from 'zod';
import { errorTable, type ErrorCode } from '../../common/errors.ts';
import { engineNames, precisions } from '../../inference/engine/engine.ts';

const probability = z.number().min(0).max(1);
const years = z.number().min(0);
const index = z.int().min(0).describe('position of the photo in the request, from 0');
const filename = z.string().optional();

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]),
  requestId: z.string(),
});

const bucketAnswerSchema = z.object({
  label: z.string(),
  min: z.int(),
  max: z.int(),
  probability: probability.describe('to 6 digits'),
});

const thresholdAnswerSchema = z.object({
  age: z.int(),
  probability: probability.describe('that the person is at least this old, to 6 digits'),
  decision: z.enum(['yes', 'no', 'uncertain']),
});

/** An RFC 9457 problem document; `errors` only where every photo of a request failed. */
export const problemDocumentSchema = problemSchema.extend({
  errors: z.array(z.object({ index, filename, error: problemSchema })).optional(),
});

/** The prediction of one photo. */
export const predictionSchema = z.object({
  id: z.string(),
  index,
  filename,
  bucket: bucketAnswerSchema.describe('the most probable bucket'),
  buckets: z.array(bucketAnswerSchema).describe('all buckets; their probabilities sum to 1'),
  age: z.object({
    mean: years,
    median: years,
    interval: z.object({ level: z.number(), low: years, high: years }),
  }),
  atLeast: z.array(thresholdAnswerSchema),
  warnings: z.array(z.string()).describe('what makes the answer doubtful'),
});

/** A photo that could not be answered, in a request of which others could. */
export const failureSchema = z.object({ index, filename, error: problemSchema });

/** The answer of `POST /v1/predict`. */
export const predictAnswerSchema = z.object({
  model: z.object({
    name: z.string(),
    version: z.int(),
    engine: z.enum(engineNames),
    device: z.enum(['cpu', 'gpu']),
    precision: z.enum(precisions).describe('of the arithmetic: floats, or 8-bit integers'),
  }),
  predictions: z.array(z.union([predictionSchema, failureSchema])),
  requestId: z.string(),
});

export type Prediction = z.infer<typeof predictionSchema>;
export type Failure = z.infer<typeof failureSchema>;
export type PredictAnswer = z.infer<typeof predictAnswerSchema>;
export type ThresholdAnswer = z.infer<typeof thresholdAnswerSchema>;
export type BucketAnswer = z.infer<typeof bucketAnswerSchema>;
