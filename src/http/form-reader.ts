import type { Request, Response } from 'express';
import multer from 'multer';
import { ServiceError } from '../common/errors.ts';
import type { ReceivedPhoto } from '../predict/predict-request.ts';
import { watchLength } from './body.ts';
import { ClientGoneError } from './client-gone.ts';
import {
  imageTooLarge,
  requestTooLarge,
  tooManyImages,
  type UploadLimits,
} from './upload-limits.ts';

/** The field of a form that holds a photo. */
export const PHOTO_FIELD = 'image';
const MAX_TEXT_FIELDS = 16;
const MAX_TEXT_BYTES = 10_000;
const howTo = `Send the photo as a file in the field "${PHOTO_FIELD}": curl -F ${PHOTO_FIELD}=@photo.jpg`;

/** A form as it was sent: its photos, at least one, and its other fields as yet unchecked. */
export interface UploadedForm {
  photos: ReceivedPhoto[];
  fields: Readonly<Record<string, unknown>>;
}

/**
 * Reads a whole form within the limits.
 * @throws ServiceError for what the form or the limits do not allow; ClientGoneError.
 */
export type FormReader = (request: Request, response: Response) => Promise<UploadedForm>;

export function createFormReader(limits: UploadLimits): FormReader {
  const readForm = multer({
    storage: multer.memoryStorage(),
    defParamCharset: 'utf8',
    fileFilter: (_request, file, accept) =>
      file.fieldname === PHOTO_FIELD ? accept(null, true) : accept(unknownField(file.fieldname)),
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
    return formOf(request);
  };
}

function isGone(request: Request): boolean {
  return request.destroyed && !request.complete;
}

function formOf(request: Request): UploadedForm {
  const files = request.files as Express.Multer.File[] | undefined;
  const fields = { ...(request.body as Record<string, unknown> | undefined) };
  if (files === undefined || files.length === 0) {
    const isText = PHOTO_FIELD in fields;
    const fault = isText ? `The field "${PHOTO_FIELD}" is text` : 'The form holds no file';
    throw new ServiceError('no_image', `${fault}. ${howTo}`);
  }
  const photos = files.map(({ buffer, originalname }) => ({
    bytes: buffer,
    filename: originalname,
  }));
  return { photos, fields };
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
