import type { Request, Response } from 'express';
import { z } from 'zod';
import { ServiceError } from '../../../common/errors.ts';
import { anyString } from '../../../common/json/parse-json.ts';
import { parseBox } from '../../../inference/preprocess/crop.ts';
import { MAX_FEEDBACK_AGE, type AgeRange } from '../../../registry/feedback/feedback-record.ts';
import type { GivenFeedback } from '../../feedback/feedback-service.ts';
import { readBody, firstFault, parseJson } from './body.ts';
import { createFormReader } from './multipart-upload.ts';
import { decodePhoto, formOf } from './photo-upload.ts';
import type { Upload, UploadBudget } from './upload-budget.ts';
import {
  inviteBody,
  assertDeclaredLength,
  requestTooLarge,
  type UploadLimits,
} from './upload-limits.ts';

const ageSchema = z.int().min(0).max(MAX_FEEDBACK_AGE);
const exactAge = `the true age in whole years, 0 to ${MAX_FEEDBACK_AGE}; or give minAge and maxAge`;
const rangeEnd = (which: string) =>
  `the ${which} whole age that the person may have, where the age is not known exactly`;

const ageField = z
  .string('give it once')
  .regex(/^\d{1,3}$/, `must be a whole number from 0 to ${MAX_FEEDBACK_AGE}`)
  .transform(Number)
  .pipe(ageSchema)
  .optional();

interface GivenAges {
  age?: number | undefined;
  minAge?: number | undefined;
  maxAge?: number | undefined;
}

/** Either an age or both ends of a range that is not empty. */
function areAges({ age, minAge, maxAge }: GivenAges): boolean {
  if (age !== undefined) return minAge === undefined && maxAge === undefined;
  return minAge !== undefined && maxAge !== undefined && minAge <= maxAge;
}

const agesFault = 'give either "age", or "minAge" and a "maxAge" that is not smaller';

function rangeOf({ age, minAge, maxAge }: GivenAges): AgeRange {
  // `areAges` holds, so that either the age or both ends are given.
  return { minAge: age ?? minAge!, maxAge: age ?? maxAge! };
}

/** Printable ASCII that needs no escaping in logs, tables and file names. */
const sourceSchema = z
  .string()
  .regex(/^[\w .:@/+-]{1,64}$/, 'at most 64 letters, digits, spaces and . : @ / + - _')
  .optional()
  .describe('a label of your own for where it comes from: a campaign, an app, an annotator');

const MAX_PIXEL = 100_000;
const pixel = z.number().min(-MAX_PIXEL).max(MAX_PIXEL);
const pixels = z.number().positive().max(MAX_PIXEL);
const boxSchema = z.strictObject({ x: pixel, y: pixel, width: pixels, height: pixels });

/** `x,y,width,height`. */
const boxField = z
  .string('give it once')
  .transform((text, context) => {
    const box = parseBox(text);
    if (box === undefined) {
      context.addIssue('must be x,y,width,height such as 120,80,200,200');
      return z.NEVER;
    }
    const [x, y, width, height] = box;
    return { x, y, width, height };
  })
  .pipe(boxSchema)
  .optional();

/** The text fields of a form besides the photo. */
export const feedbackFieldsSchema = z
  .strictObject({
    ...{ age: ageField, minAge: ageField, maxAge: ageField },
    face: boxField,
    source: sourceSchema,
  })
  .refine(areAges, agesFault);

/** The JSON form of a request. */
export const feedbackBodySchema = z
  .strictObject({
    predictionId: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe(
        'the prediction of a photo, or of one of its faces, that this server has just answered',
      ),
    image: anyString().optional().describe('a photo in base64, instead of `predictionId`'),
    age: ageSchema.optional().describe(exactAge),
    minAge: ageSchema.optional().describe(rangeEnd('lowest')),
    maxAge: ageSchema.optional().describe(rangeEnd('highest')),
    face: boxSchema
      .optional()
      .describe(
        'whose age it is, where `image` shows several faces: a box in pixels of the photo as displayed',
      ),
    source: sourceSchema,
  })
  .refine(
    ({ predictionId, image }) => (predictionId === undefined) !== (image === undefined),
    'give either "predictionId" or "image"',
  )
  .refine(
    ({ predictionId, face }) => predictionId === undefined || face === undefined,
    'give "face" with "image" only, as "predictionId" names one face',
  )
  .refine(areAges, agesFault);

const forms =
  'Send multipart/form-data with the fields image and age, or application/json with predictionId or image, and age; ' +
  'minAge and maxAge may replace age.';

const jsonBounds = { elements: 16, members: 16, depth: 8 };

/**
 * Reads feedback in either form, within the limits.
 * @throws ServiceError for what the form or the limits do not allow; ClientGoneError.
 */
export type FeedbackReader = (request: Request, response: Response) => Promise<GivenFeedback>;

export function createFeedbackReader(
  uploadLimits: UploadLimits,
  budget: UploadBudget,
): FeedbackReader {
  const limits = limitsOf(uploadLimits);
  const readForm = createFormReader(limits);
  return async (request, response) => {
    const form = formOf(request);
    if (form === 'raw') throw new ServiceError('unsupported_media_type', forms);
    assertDeclaredLength(request, limits);
    const upload = budget.open(request, response);
    inviteBody(request, response);
    if (form === 'json') return readJsonFeedback(request, limits, upload);
    const { photos, fields } = await readForm(request, upload);
    const { face, source, ...ages } = check(feedbackFieldsSchema, fields);
    return { ...rangeOf(ages), source, of: { bytes: photos[0]!.bytes, face } };
  };
}

/** Room for base64 with escaped line breaks, and for the other fields. */
const BODY_BYTES_PER_PHOTO_BYTE = 1.5;
const OTHER_BYTES = 65_536;

/** One photo. */
function limitsOf({ uploadMaxBytes, requestMaxBytes }: UploadLimits): UploadLimits {
  const bodyMaxBytes = Math.ceil(uploadMaxBytes * BODY_BYTES_PER_PHOTO_BYTE) + OTHER_BYTES;
  return {
    uploadMaxBytes,
    requestMaxBytes: Math.min(requestMaxBytes, bodyMaxBytes),
    maxImages: 1,
  };
}

async function readJsonFeedback(
  request: Request,
  limits: UploadLimits,
  upload: Upload,
): Promise<GivenFeedback> {
  const body = await readBody(request, limits.requestMaxBytes, requestTooLarge, upload);
  const { predictionId, image, face, source, ...ages } = check(
    feedbackBodySchema,
    await parseJson(body, jsonBounds),
  );
  const of =
    predictionId === undefined
      ? { bytes: await decodePhoto(image!, 'image', limits), face }
      : { predictionId };
  return { ...rangeOf(ages), source, of };
}

/** @throws ServiceError `malformed_request` naming the first field that is not valid */
function check<Schema extends z.ZodType>(schema: Schema, given: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const { path, message } = firstFault(parsed.error);
  const where = path === '' ? '' : `"${path}": `;
  throw new ServiceError('malformed_request', `${where}${message}. ${forms}`);
}
