import type { Request, Response } from 'express';
import multer from 'multer';
import { ServiceError } from '../errors.ts';
import type { ReceivedPhoto } from '../predict/predict-service.ts';
import { readFirst, watchLength } from './body.ts';
import { ClientGoneError } from './client-gone.ts';
import { parseSinglePhotoForm } from './single-photo-form.ts';
import {
  imageTooLarge,
  requestTooLarge,
  tooManyImages,
  type UploadLimits,
} from './upload-limits.ts';

const FIELD = 'image';
/** What one read of a socket brings; larger forms arrive in pieces. */
const SMALL_FORM_BYTES = 65_536;
const MAX_TEXT_FIELDS = 16;
const MAX_TEXT_BYTES = 10_000;
const howTo = `Send the photo as a file in the field "${FIELD}": curl -F ${FIELD}=@photo.jpg`;

/** Reads the photos of one multipart form; made once, used for every request. */
export type MultipartReader = (request: Request, response: Response) => Promise<ReceivedPhoto[]>;

export function createMultipartReader(limits: UploadLimits): MultipartReader {
  const readForm = multer({
    storage: multer.memoryStorage(),
    defParamCharset: 'utf8',
    fileFilter: (_request, file, accept) =>
      file.fieldname === FIELD ? accept(null, true) : accept(unknownField(file.fieldname)),
    limits: {
      files: limits.maxImages,
      fileSize: limits.uploadMaxBytes,
      fields: MAX_TEXT_FIELDS,
      fieldSize: MAX_TEXT_BYTES,
      fieldNestingDepth: 0,
      headerPairs: 20,
    },
  }).any();

  return async (request, response) => {
    const photo = await readSinglePhoto(request, limits);
    if (photo !== undefined) return [photo];
    const formRead = new Promise<void>((resolve, reject) => {
      readForm(request, response, (error: unknown) => {
        if (error === undefined) resolve();
        else reject(isGone(request) ? new ClientGoneError() : toUploadError(error, limits));
      });
    });
    // The parser enforces a declared length; only a chunked body can outgrow it.
    const { requestMaxBytes } = limits;
    await (request.headers['content-length'] === undefined
      ? Promise.race([formRead, watchLength(request, requestMaxBytes, requestTooLarge)])
      : formRead);
    return photosOf(request);
  };
}

/** A small form with one photo, if that is what the first bytes hold; otherwise they go back for the full parser. */
async function readSinglePhoto(
  request: Request,
  { uploadMaxBytes }: UploadLimits,
): Promise<ReceivedPhoto | undefined> {
  const length = Number(request.headers['content-length'] ?? Infinity);
  if (length > SMALL_FORM_BYTES) return undefined;
  const body = await readFirst(request);
  if (body === undefined) return undefined;
  const photo =
    body.length === length
      ? parseSinglePhotoForm(request.headers['content-type']!, body, FIELD)
      : undefined;
  if (photo === undefined || photo.bytes.length > uploadMaxBytes) {
    request.unshift(body);
    return undefined;
  }
  request.resume();
  return photo;
}

function isGone(request: Request): boolean {
  return request.destroyed && !request.complete;
}

function photosOf(request: Request): ReceivedPhoto[] {
  const files = request.files as Express.Multer.File[] | undefined;
  if (files === undefined || files.length === 0) {
    const isText = FIELD in ((request.body ?? {}) as object);
    const fault = isText ? `The field "${FIELD}" is text` : 'The form holds no file';
    throw new ServiceError('no_image', `${fault}. ${howTo}`);
  }
  return files.map(({ buffer, originalname }) => ({ bytes: buffer, filename: originalname }));
}

function unknownField(name: string): ServiceError {
  const shown = JSON.stringify(name.slice(0, 40));
  return new ServiceError('malformed_request', `${shown} is no field for a file. ${howTo}`);
}

function toUploadError(error: unknown, limits: UploadLimits): ServiceError {
  if (error instanceof ServiceError) return error;
  if (!(error instanceof multer.MulterError)) return malformed(error);
  if (error.code === 'LIMIT_FILE_SIZE') return imageTooLarge(limits.uploadMaxBytes);
  if (error.code === 'LIMIT_FILE_COUNT') return tooManyImages(limits.maxImages);
  if (error.code === 'LIMIT_FIELD_COUNT') {
    return new ServiceError('too_many_fields', `A form may have ${MAX_TEXT_FIELDS} text fields.`);
  }
  if (error.code === 'LIMIT_FIELD_VALUE') {
    return new ServiceError('too_many_fields', `A text field is too long. ${howTo}`);
  }
  return malformed(error);
}

/** busboy's own words: they name the fault of the form, such as a missing boundary. */
function malformed(error: unknown): ServiceError {
  const words = error instanceof Error ? error.message : 'not readable';
  return new ServiceError('malformed_request', `The form cannot be read: ${words}. ${howTo}`);
}
