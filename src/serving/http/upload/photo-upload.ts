import type { Request, Response } from 'express';
import { z } from 'zod';
import { boundedArray } from '../../../common/bounded-array.ts';
import { MOST_IMAGES } from '../../../common/config/config.ts';
import { ServiceError } from '../../../common/errors.ts';
import { anyString, LongString } from '../../../common/json/parse-json.ts';
import type { JsonBounds } from '../../../common/json/scan-json.ts';
import type { ReceivedPhoto } from '../../predict/predict-request.ts';
import { decodeBase64 } from './base64.ts';
import { readBody, firstFault, parseJson } from './body.ts';
import { createMultipartReader, type FormReader, type UploadedForm } from './multipart-upload.ts';
import type { Upload, UploadBudget } from './upload-budget.ts';
import {
  imageTooLarge,
  type UploadLimits,
  requestTooLarge,
  tooManyImages,
  inviteBody,
  assertDeclaredLength,
} from './upload-limits.ts';

/** Reads a body that is one photo. Its first bytes decide the format, not its declared type. */
export async function readRawPhoto(
  request: Request,
  { uploadMaxBytes }: UploadLimits,
  upload: Upload,
): Promise<UploadedForm> {
  const bytes = await readBody(request, uploadMaxBytes, imageTooLarge, upload);
  if (bytes.length === 0) throw new ServiceError('no_image', 'The body is empty.');
  return { photos: [{ bytes }], fields: {} };
}

/** The JSON form of a request. Each image is base64, plain or as a `data:` URL, with or without line breaks. */
export const jsonUploadSchema = z.strictObject({
  images: boundedArray(anyString(), { max: MOST_IMAGES }).describe(
    'photos in base64, at least one',
  ),
});

export async function readJsonPhotos(
  request: Request,
  limits: UploadLimits,
  upload: Upload,
): Promise<UploadedForm> {
  const { requestMaxBytes, maxImages } = limits;
  const body = await readBody(request, requestMaxBytes, requestTooLarge, upload);
  const { images } = await parseBody(body, maxImages);
  if (images.length === 0) throw new ServiceError('no_image', '"images" is empty.');
  if (images.length > maxImages) throw tooManyImages(maxImages);
  return { photos: await decodeInTurn(images, limits), fields: {} };
}

/** One after the other, as each takes turns of the event loop. */
async function decodeInTurn(
  images: readonly (string | LongString)[],
  limits: UploadLimits,
): Promise<ReceivedPhoto[]> {
  const photos: ReceivedPhoto[] = [];
  for (const [index, image] of images.entries()) {
    photos.push({ bytes: await decodePhoto(image, `images[${index}]`, limits) });
  }
  return photos;
}

/** A body has one array and one field; more are allowed so that the schema names what is wrong. */
const jsonBounds: JsonBounds = { elements: 2 * MOST_IMAGES, members: 64, depth: 8 };

async function parseBody(
  body: Buffer,
  maxImages: number,
): Promise<z.infer<typeof jsonUploadSchema>> {
  if (body.length === 0) throw new ServiceError('no_image', 'The body is empty.');
  const parsed = jsonUploadSchema.safeParse(
    await parseJson(body, jsonBounds, {
      elements: () => tooManyImages(maxImages),
    }),
  );
  if (parsed.success) return parsed.data;
  // The only bound in the schema is the number of photos.
  if (parsed.error.issues[0]!.code === 'too_big') throw tooManyImages(maxImages);
  throw new ServiceError(
    'malformed_request',
    `The body must be {"images": ["<base64>", …]}: ${firstFault(parsed.error).message}.`,
  );
}

/** The beginning of a `data:` URL (RFC 2397); in JSON, its slashes may be escaped. */
const DATA_URL = /^data:[^,]{0,100},/;
const DATA_URL_MAX_LENGTH = 106;

/**
 * @param where the photo's position in the body, for messages
 * @throws ServiceError `malformed_request` or `image_too_large`
 */
export async function decodePhoto(
  text: string | LongString,
  where: string,
  { uploadMaxBytes }: Pick<UploadLimits, 'uploadMaxBytes'>,
): Promise<Buffer> {
  const isLong = text instanceof LongString;
  const encoded = isLong ? text.bytes : Buffer.from(text);
  const head = encoded.toString('latin1', 0, DATA_URL_MAX_LENGTH);
  const start = DATA_URL.exec(head)?.[0].length ?? 0;
  const bytes = await decodeBase64(encoded.subarray(start), isLong);
  if (bytes === undefined) throw new ServiceError('malformed_request', `${where} is not base64.`);
  if (bytes.length > uploadMaxBytes) throw imageTooLarge(uploadMaxBytes);
  return bytes;
}

export type UploadForm = 'multipart' | 'json' | 'raw';

/**
 * Reads the photos of a request, at least one, in any of its three forms and within the limits; and the other fields of a form.
 * @throws ServiceError for what the form or the limits do not allow; ClientGoneError.
 */
export type PhotoReader = (request: Request, response: Response) => Promise<UploadedForm>;

export function createPhotoReader(limits: UploadLimits, budget: UploadBudget): PhotoReader {
  const readMultipart = createMultipartReader(limits);
  const readers: Record<UploadForm, FormReader> = {
    multipart: readMultipart,
    json: (request, upload) => readJsonPhotos(request, limits, upload),
    raw: (request, upload) => readRawPhoto(request, limits, upload),
  };
  return async (request, response) => {
    const form = formOf(request);
    assertDeclaredLength(request, limits, form);
    const upload = budget.open(request, response);
    inviteBody(request, response);
    return readers[form](request, upload);
  };
}

/**
 * The form of a body, by its headers.
 * @throws ServiceError `no_image` where there is no body, `unsupported_media_type`
 */
export function formOf(request: Request): UploadForm {
  if (!hasBody(request)) throw new ServiceError('no_image', `The body is empty. ${forms}`);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity')
    throw unsupported('Compressed bodies are not supported');
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type === 'multipart/form-data') return 'multipart';
  if (type === 'application/json') return 'json';
  if (type.startsWith('image/') || octetTypes.has(type)) return 'raw';
  throw unsupported(
    type === '' ? 'The request has no Content-Type' : 'The Content-Type is unknown',
  );
}

/** The registered type for any bytes, and names that stores and clients use for it. */
const octetTypes: ReadonlySet<string> = new Set([
  'application/octet-stream',
  'binary/octet-stream',
  'application/binary',
  'application/x-binary',
]);

const forms = 'Send multipart/form-data, an image/* body, or application/json.';

/** Whether the headers announce a body (RFC 9112, 6.3). */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function unsupported(fault: string): ServiceError {
  return new ServiceError('unsupported_media_type', `${fault}. ${forms}`);
}
