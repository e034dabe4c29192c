import { z } from 'zod';
import { errorTable, type ErrorCode } from '../../common/errors.ts';
import { warningCodes } from '../../inference/preprocess/warnings.ts';
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

const pixels = z.number().describe('in pixels of the photo as displayed, EXIF orientation applied');
const point = z.object({ x: pixels, y: pixels });

const faceSchema = z.object({
  box: z
    .object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() })
    .describe('in pixels of the photo as displayed; it may reach beyond the photo'),
  score: probability.describe('how sure the detector is'),
  rollDegrees: z.number().describe('clockwise turn of the face; 0 is upright'),
  landmarks: z
    .object({
      leftEye: point,
      rightEye: point,
      nose: point,
      mouth: point,
      leftEar: point,
      rightEar: point,
    })
    .describe('left and right as seen in the picture'),
});

const warningDetailSchema = z.object({
  code: z.enum(warningCodes),
  severity: z.enum(['minor', 'severe']).describe('under severe, every decision is uncertain'),
  value: z.number(),
  threshold: z.number(),
});

/** What is answered about one face. */
const faceAnswerSchema = z.object({
  id: z.string(),
  face: faceSchema.optional().describe('where the face was found; absent with faces=none'),
  bucket: bucketAnswerSchema.describe('the most probable bucket'),
  buckets: z.array(bucketAnswerSchema).describe('all buckets; their probabilities sum to 1'),
  age: z.object({
    mean: years,
    median: years,
    interval: z.object({ level: z.number(), low: years, high: years }),
  }),
  atLeast: z.array(thresholdAnswerSchema),
  warnings: z.array(z.string()).describe('what makes the answer doubtful'),
  warningDetails: z.array(warningDetailSchema).describe('the same warnings, with what raised them'),
});

/** The prediction of one photo: its largest face, or the framed face. */
export const predictionSchema = faceAnswerSchema.extend({ index, filename });

/** All faces of one photo. */
export const photoFacesSchema = z.object({
  index,
  filename,
  faces: z.array(faceAnswerSchema).describe('largest first; empty where none was found'),
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
  predictions: z.array(z.union([predictionSchema, photoFacesSchema, failureSchema])),
  requestId: z.string(),
});

export type Prediction = z.infer<typeof predictionSchema>;
export type PhotoFaces = z.infer<typeof photoFacesSchema>;
export type FaceAnswer = z.infer<typeof faceAnswerSchema>;
export type Failure = z.infer<typeof failureSchema>;
export type PredictAnswer = z.infer<typeof predictAnswerSchema>;
export type ThresholdAnswer = z.infer<typeof thresholdAnswerSchema>;
export type BucketAnswer = z.infer<typeof bucketAnswerSchema>;
