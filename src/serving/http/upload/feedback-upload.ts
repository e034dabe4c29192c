import type { Request, Response } from 'express';
import { z } from 'zod';
import { ServiceError } from '../../../common/errors.ts';
import { anyString } from '../../../common/json/parse-json.ts';
import { MAX_FEEDBACK_AGE } from '../../../registry/feedback/feedback-record.ts';
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
    image: anyString().optional().describe('a photo in base64, instead of `predictionId`'),
    age: ageSchema,
    source: sourceSchema,
  })
  .refine(
    ({ predictionId, image }) => (predictionId === undefined) !== (image === undefined),
    'give either "predictionId" or "image"',
  );

const forms =
  'Send multipart/form-data with the fields image and age, or application/json with predictionId or image, and age.';

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
    const { photos, fields } = await readForm(request, response, upload);
    return { ...check(feedbackFieldsSchema, fields), of: { bytes: photos[0]!.bytes } };
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
  const { predictionId, image, age, source } = check(
    feedbackBodySchema,
    await parseJson(body, jsonBounds),
  );
  const of =
    predictionId === undefined
      ? { bytes: await decodePhoto(image!, 'image', limits) }
      : { predictionId };
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
