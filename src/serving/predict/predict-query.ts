import { z } from 'zod';
import { boundedArray } from '../../common/bounded-array.ts';
import { ServiceError } from '../../common/errors.ts';
import { shorten } from '../../common/text/shorten.ts';
import { parseCrop } from '../../inference/preprocess/crop.ts';
import type { PhotoCrop } from '../../inference/preprocess/preprocess.ts';
import { OLDEST_AGE, parseBucketEdges } from '../../inference/head/buckets.ts';

/** Which faces of a photo are answered; with `none` the photo is the framed face. */
export const facesModes = ['largest', 'all', 'none'] as const;
export type FacesMode = (typeof facesModes)[number];

/** One for each age. */
const MAX_THRESHOLDS = OLDEST_AGE + 1;

/** `18,21`: whole ages, each once. */
const thresholdsSchema = z
  .string()
  .transform((text): unknown => text.split(',').map((part) => part.trim()))
  .pipe(
    boundedArray(
      z
        .string()
        .regex(/^\d{1,3}$/, 'must be whole ages such as 18,21')
        .transform(Number)
        .pipe(z.int().min(0).max(OLDEST_AGE, `an age must be at most ${OLDEST_AGE}`)),
      { max: MAX_THRESHOLDS, tooLong: `at most ${MAX_THRESHOLDS} ages` },
    ).overwrite((ages) => [...new Set(ages)]),
  );

/** No two parts can match the same digits, as a long malformed number would then take quadratic time. */
const DECIMAL = /^(?:\d+(?:\.\d+)?|\.\d+)$/;

const confidenceRange = 'must be a number over 0.5 and at most 1';
const confidenceSchema = z
  .string()
  .regex(DECIMAL, confidenceRange)
  .transform(Number)
  .pipe(z.number().gt(0.5, confidenceRange).max(1, confidenceRange));

/** Makes the region five times as wide as the crop. */
const MAX_MARGIN = 2;
const marginRange = `must be a number from 0 to ${MAX_MARGIN}`;
const marginSchema = z
  .string()
  .regex(DECIMAL, marginRange)
  .transform(Number)
  .pipe(z.number().min(0, marginRange).max(MAX_MARGIN, marginRange));

/** Parses the query of `POST /v1/predict`. An unknown parameter is a fault, as it may be a misspelled one. */
export const predictQuerySchema = z.strictObject({
  buckets: z
    .string()
    .transform(parseBucketEdges)
    .optional()
    .describe('age ranges to answer with, such as 0-12,13-17,18-24,25-120'),
  atLeast: thresholdsSchema.default([]).describe('ages to decide about, such as 18,21'),
  confidence: confidenceSchema
    .default(0.95)
    .describe('probability from which a decision is `yes`; `no` from its complement'),
  crop: z
    .string()
    .transform(parseCrop)
    .optional()
    .describe(
      'part of each photo, turned upright: x,y,width,height in pixels, or in fractions of width and height where none ' +
        'is over 1; or center, the largest square in the middle. Without `faces` it is the framed face; with `faces` it ' +
        'limits the search',
    ),
  faces: z
    .enum(facesModes, `must be ${facesModes.join(', ')}`)
    .optional()
    .describe(
      'largest: finds the largest face of each photo; all: finds all of them; none: the photo, or its crop, is the framed ' +
        'face. Default: none with a crop, else the setting FACES, largest by default',
    ),
  margin: marginSchema
    .default(0)
    .describe(
      'widens the crop on each side by this share of its size, up to the edges of the photo',
    ),
  model: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be a version or an alias')
    .optional()
    .describe('version or alias that must answer'),
});

export type PredictQuery = z.infer<typeof predictQuerySchema>;

/** The part of each photo that the query selects; undefined where it selects none. */
export function requestedCrop(
  { crop, margin }: PredictQuery,
  faces: FacesMode,
): PhotoCrop | undefined {
  // The network's input is filled by the largest region in its shape anyway.
  if (crop === undefined || (crop.unit === 'center' && faces === 'none')) return undefined;
  return { crop, margin };
}

/** Each photo of a request with 64 may have a bucket and a threshold for each of a hundred years and more. */
const MAX_ANSWER_VALUES = 20_000;

/**
 * Refuses a request whose answer would be far larger than the request.
 * @param answers photos, or faces where all of them are asked for
 * @throws ServiceError `invalid_query`
 */
export function assertAnswerSize(answers: number, { buckets = [], atLeast }: PredictQuery): void {
  const values = answers * (buckets.length + atLeast.length);
  if (values <= MAX_ANSWER_VALUES) return;
  throw new ServiceError(
    'invalid_query',
    `The answer would have ${values} probabilities, and it may have ${MAX_ANSWER_VALUES}. ` +
      'Ask for fewer buckets and atLeast ages, or send fewer photos at a time.',
  );
}

/** @throws ServiceError `invalid_query` naming every faulty parameter. */
export function parsePredictQuery(query: unknown): PredictQuery {
  const parsed = predictQuerySchema.safeParse(query);
  if (parsed.success) {
    const { margin, crop } = parsed.data;
    if (margin > 0 && (crop === undefined || crop.unit === 'center')) {
      throw new ServiceError('invalid_query', 'margin: it needs a crop=x,y,width,height.');
    }
    return parsed.data;
  }
  throw new ServiceError('invalid_query', parsed.error.issues.map(describeIssue).join('; '));
}

/**
 * The query together with the text fields of a form, which have the same names and values.
 * @param query as parsed from `parameters`
 * @throws ServiceError `invalid_query` for an unknown or faulty field, and for one that the query has too
 */
export function withFields(
  query: PredictQuery,
  parameters: object,
  fields: Readonly<Record<string, unknown>>,
): PredictQuery {
  const names = Object.keys(fields);
  if (names.length === 0) return query;
  const twice = names.find((name) => Object.hasOwn(parameters, name));
  if (twice !== undefined)
    throw new ServiceError(
      'invalid_query',
      `${twice}: give it once, in the query or as a field of the form.`,
    );
  return parsePredictQuery({ ...parameters, ...fields });
}

const MAX_SHOWN_KEYS = 3;

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(predictQuerySchema.shape).join(', ');
    const unknown = issue.keys
      .slice(0, MAX_SHOWN_KEYS)
      .map((key) => JSON.stringify(shorten(key, 40)));
    return `unknown parameter ${unknown.join(', ')}; known are ${known}`;
  }
  const name = String(issue.path[0]);
  return issue.code === 'invalid_type' ? `${name}: give it once` : `${name}: ${issue.message}`;
}
