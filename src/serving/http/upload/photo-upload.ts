import type { Request, Response } from 'express';
import { z } from 'zod';
import { boundedArray } from '../../../common/bounded-array.ts';
import { MOST_IMAGES } from '../../../common/config/config.ts';
import { ServiceError } from '../../../common/errors.ts';
import { trimEndOf } from '../../../common/trim-end.ts';
import type { ReceivedPhoto } from '../../predict/predict-request.ts';
import { readBody, firstFault, parseJson } from './body.ts';
import { createMultipartReader } from './multipart-upload.ts';
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
): Promise<ReceivedPhoto[]> {
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > uploadMaxBytes) throw imageTooLarge(uploadMaxBytes);
  const bytes = await readBody(request, uploadMaxBytes, imageTooLarge);
  if (bytes.length === 0) throw new ServiceError('no_image', 'The body is empty.');
  return [{ bytes }];
}

const TAB = 9;
const CARRIAGE_RETURN = 13;
const SPACE = 32;

/** The JSON form of a request. Each image is base64, plain or as a `data:` URL, with or without line breaks. */
export const jsonUploadSchema = z.strictObject({
  images: boundedArray(z.string(), { max: MOST_IMAGES }).describe('photos in base64, at least one'),
});

export async function readJsonPhotos(
  request: Request,
  limits: UploadLimits,
): Promise<ReceivedPhoto[]> {
  const { requestMaxBytes, maxImages } = limits;
  const body = await readBody(request, requestMaxBytes, requestTooLarge);
  const { images } = parseBody(body, maxImages);
  if (images.length === 0) throw new ServiceError('no_image', '"images" is empty.');
  if (images.length > maxImages) throw tooManyImages(maxImages);
  return images.map((image, index) => ({
    bytes: decodePhoto(image, `images[${index}]`, limits),
  }));
}

function parseBody(body: Buffer, maxImages: number): z.infer<typeof jsonUploadSchema> {
  if (body.length === 0) throw new ServiceError('no_image', 'The body is empty.');
  const parsed = jsonUploadSchema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  // The only bound in the schema is the number of photos.
  if (parsed.error.issues[0]!.code === 'too_big') throw tooManyImages(maxImages);
  throw new ServiceError(
    'malformed_request',
    `The body must be {"images": ["<base64>", …]}: ${firstFault(parsed.error).message}.`,
  );
}

/**
 * @param where the photo's position in the body, for messages
 * @throws ServiceError `malformed_request` or `image_too_large`
 */
export function decodePhoto(
  text: string,
  where: string,
  { uploadMaxBytes }: Pick<UploadLimits, 'uploadMaxBytes'>,
): Buffer {
  const padded = text.replace(/^data:[^,]{0,100},/, '').trimEnd();
  const encoded = trimEndOf(padded, '=');
  const bytes = Buffer.from(encoded, 'base64');
  const characters = encoded.length - countWhitespace(encoded);
  const isOnlyPadding = encoded === '' && padded !== '';
  // Buffer skips characters that are not base64, which a shorter result reveals.
  if (isOnlyPadding || bytes.length !== Math.floor((characters * 3) / 4)) {
    throw new ServiceError('malformed_request', `${where} is not base64.`);
  }
  if (bytes.length > uploadMaxBytes) throw imageTooLarge(uploadMaxBytes);
  return bytes;
}

/** Counts line breaks instead of removing them, which takes seconds where every other character is one. */
function countWhitespace(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === SPACE || (code >= TAB && code <= CARRIAGE_RETURN)) count += 1;
  }
  return count;
}

export type UploadForm = 'multipart' | 'json' | 'raw';

/**
 * Reads the photos of a request, at least one, in any of its three forms and within the limits.
 * @throws ServiceError for what the form or the limits do not allow; ClientGoneError.
 */
export type PhotoReader = (request: Request, response: Response) => Promise<ReceivedPhoto[]>;

export function createPhotoReader(limits: UploadLimits): PhotoReader {
  const readMultipart = createMultipartReader(limits);
  const readers: Record<UploadForm, PhotoReader> = {
    multipart: readMultipart,
    json: (request) => readJsonPhotos(request, limits),
    raw: (request) => readRawPhoto(request, limits),
  };
  return async (request, response) => {
    const form = formOf(request);
    assertDeclaredLength(request, limits);
    inviteBody(request, response);
    return readers[form](request, response);
  };
}

/**
 * The form of a body, by its headers.
 * @throws ServiceError `no_image` where there is no body, `unsupported_media_type`
 */
export function formOf(request: Request): UploadForm {
  if (!hasBody(request)) throw new ServiceError('no_image', `The body is empty. ${forms}`);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw unsupported('Compressed bodies are not supported');
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type === 'multipart/form-data') return 'multipart';
  if (type === 'application/json') return 'json';
  if (type.startsWith('image/') || type === 'application/octet-stream') return 'raw';
  throw unsupported(
    type === '' ? 'The request has no Content-Type' : 'The Content-Type is unknown',
  );
}

const forms = 'Send multipart/form-data, an image/* body, or application/json.';

/** Whether the headers announce a body (RFC 9112, 6.3). */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function unsupported(fault: string): ServiceError {
  return new ServiceError('unsupported_media_type', `${fault}. ${forms}`);
}
