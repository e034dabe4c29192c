import type { Request, Response } from 'express';
import { z } from 'zod';
import { ServiceError } from '../../../common/errors.ts';
import { MAX_FEEDBACK_AGE } from '../../../registry/feedback/feedback-record.ts';
import type { GivenFeedback } from '../../feedback/feedback-service.ts';
import { readBody, firstFault, parseJson } from './body.ts';
import { createFormReader } from './multipart-upload.ts';
import { decodePhoto, formOf } from './photo-upload.ts';
import {
  inviteBody,
  assertDeclaredLength,
  requestTooLarge,
  type UploadLimits,
} from './upload-limits.ts';

const ageSchema = z
  .int()
  .min(0)
  .max(MAX_FEEDBACK_AGE)
  .describe(`the true age in whole years, 0 to ${MAX_FEEDBACK_AGE}`);

/** Printable ASCII that needs no escaping in logs, tables and file names. */
const sourceSchema = z
  .string()
  .regex(/^[\w .:@/+-]{1,64}$/, 'at most 64 letters, digits, spaces and . : @ / + - _')
  .optional()
  .describe('a label of your own for where it comes from: a campaign, an app, an annotator');

/** The text fields of a form besides the photo. */
export const feedbackFieldsSchema = z.strictObject({
  age: z
    .string('give it once')
    .regex(/^\d{1,3}$/, `must be a whole number from 0 to ${MAX_FEEDBACK_AGE}`)
    .transform(Number)
    .pipe(ageSchema),
  source: sourceSchema,
});

/** The JSON form of a request. */
export const feedbackBodySchema = z
  .strictObject({
    predictionId: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe('the prediction of a photo that this server has just answered'),
    image: z.string().optional().describe('a photo in base64, instead of `predictionId`'),
    age: ageSchema,
    source: sourceSchema,
  })
  .refine(
    ({ predictionId, image }) => (predictionId === undefined) !== (image === undefined),
    'give either "predictionId" or "image"',
  );

const forms =
  'Send multipart/form-data with the fields image and age, or application/json with predictionId or image, and age.';

/**
 * Reads feedback in either form, within the limits.
 * @throws ServiceError for what the form or the limits do not allow; ClientGoneError.
 */
export type FeedbackReader = (request: Request, response: Response) => Promise<GivenFeedback>;

export function createFeedbackReader(uploadLimits: UploadLimits): FeedbackReader {
  const limits = { ...uploadLimits, maxImages: 1 };
  const readForm = createFormReader(limits);
  return async (request, response) => {
    const form = formOf(request);
    if (form === 'raw') throw new ServiceError('unsupported_media_type', forms);
    assertDeclaredLength(request, limits);
    inviteBody(request, response);
    if (form === 'json') return readJsonFeedback(request, limits);
    const { photos, fields } = await readForm(request, response);
    return { ...check(feedbackFieldsSchema, fields), of: { bytes: photos[0]!.bytes } };
  };
}

async function readJsonFeedback(request: Request, limits: UploadLimits): Promise<GivenFeedback> {
  const body = await readBody(request, limits.requestMaxBytes, requestTooLarge);
  const { predictionId, image, age, source } = check(feedbackBodySchema, parseJson(body));
  const of =
    predictionId === undefined ? { bytes: decodePhoto(image!, 'image', limits) } : { predictionId };
  return { age, source, of };
}

/** @throws ServiceError `malformed_request` naming the first field that is not valid */
function check<Schema extends z.ZodType>(schema: Schema, given: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const { path, message } = firstFault(parsed.error);
  const where = path === '' ? '' : `"${path}": `;
  throw new ServiceError('malformed_request', `${where}${message}. ${forms}`);
}
