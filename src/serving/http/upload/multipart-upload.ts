import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Request } from 'express';
import multer from 'multer';
import { ServiceError } from '../../../common/errors.ts';
import { shorten } from '../../../common/text/shorten.ts';
import type { ReceivedPhoto } from '../../predict/predict-request.ts';
import { readBody } from './body.ts';
import { boundaryOf, parseSinglePhotoForm, withFilenames, withoutEpilogue } from './form-syntax.ts';
import {
  imageTooLarge,
  requestTooLarge,
  tooManyImages,
  type UploadLimits,
} from './upload-limits.ts';
import type { Upload } from './upload-budget.ts';

/** The field of a form that holds a photo. */
export const PHOTO_FIELD = 'image';
const MAX_TEXT_FIELDS = 16;
const MAX_TEXT_BYTES = 10_000;
const howTo = `Send the photo as a file in the field "${PHOTO_FIELD}": curl -F ${PHOTO_FIELD}=@photo.jpg`;

/** A form as sent: its photos, at least one, and its other fields, not validated yet. */
export interface UploadedForm {
  photos: ReceivedPhoto[];
  fields: Readonly<Record<string, unknown>>;
}

/**
 * Reads a whole form within the limits.
 * @throws ServiceError for what the form or the limits do not allow; ClientGoneError.
 */
export type FormReader = (request: Request, upload: Upload) => Promise<UploadedForm>;

export function createFormReader(limits: UploadLimits): FormReader {
  const parse = createFormParser(limits);
  return async (request, upload) => parse(await readForm(request, limits, upload));
}

/** Creates the reader of multipart forms, which serves every request. */
export function createMultipartReader(limits: UploadLimits): FormReader {
  const parse = createFormParser(limits);
  return async (request, upload) => {
    const form = await readForm(request, limits, upload);
    const photo = parseSinglePhotoForm(form.boundary, form.body, PHOTO_FIELD);
    if (photo === undefined || photo.bytes.length > limits.uploadMaxBytes) {
      return parse(form);
    }
    return { photos: [photoOf(photo.bytes, photo.filename)], fields: {} };
  };
}

/** A form that is whole in memory. */
interface WholeForm {
  boundary: string;
  body: Buffer;
}

async function readForm(
  request: Request,
  { requestMaxBytes }: UploadLimits,
  upload: Upload,
): Promise<WholeForm> {
  const boundary = orMalformed(() => boundaryOf(request.headers['content-type'] ?? ''));
  return { boundary, body: await readBody(request, requestMaxBytes, requestTooLarge, upload) };
}

function orMalformed<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    throw malformed(error);
  }
}

/**
 * The full parser. What it says of a form may depend on how the form is cut, so that it gets every form in the same pieces,
 * and without what has no meaning.
 */
function createFormParser(limits: UploadLimits): (form: WholeForm) => Promise<UploadedForm> {
  const parse = multer({
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
  }).any() as unknown as ParseForm;

  return async ({ boundary, body }) => {
    const form = orMalformed(() =>
      withFilenames(withoutEpilogue(body, boundary), boundary, PHOTO_FIELD),
    );
    const request = streamOf(boundary, form);
    await new Promise<void>((resolve, reject) => {
      parse(request, undefined, (error) => {
        if (error === undefined) resolve();
        else reject(toUploadError(error, limits));
      });
    });
    return formOf(request);
  };
}

const PIECE_BYTES = 65_536;

/** The parts of a request that multer uses and sets. */
interface FormStream extends Readable {
  headers: Readonly<Record<string, string>>;
  files?: readonly Express.Multer.File[];
  body?: Readonly<Record<string, unknown>>;
}

/** Multer's middleware, which does not use the response. */
type ParseForm = (form: FormStream, response: undefined, done: (error?: unknown) => void) => void;

function streamOf(boundary: string, body: Buffer): FormStream {
  const headers = {
    'content-type': `multipart/form-data; boundary="${boundary}"`,
    'content-length': String(body.length),
  };
  return Object.assign(Readable.from(piecesOf(body)), { headers });
}

/** The event loop has a turn between the pieces of a large form. */
async function* piecesOf(body: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) {
    if (at > 0) await setImmediate();
    yield body.subarray(at, at + PIECE_BYTES);
  }
}

function formOf({ files = [], body }: FormStream): UploadedForm {
  // Browsers fill in this field, which says how the others are encoded (HTML, 4.10.22.4).
  const fields: Record<string, unknown> = { ...body };
  delete fields._charset_;
  if (files.length === 0) {
    const isText = PHOTO_FIELD in fields;
    const fault = isText ? `The field "${PHOTO_FIELD}" is text` : 'The form holds no file';
    throw new ServiceError('no_image', `${fault}. ${howTo}`);
  }
  return {
    photos: files.map(({ buffer, originalname }) => photoOf(buffer, originalname)),
    fields,
  };
}

/** Longer than names in common file systems; an answer repeats it. */
const FILENAME_MAX_LENGTH = 255;

function photoOf(bytes: Buffer, filename: string): ReceivedPhoto {
  return { bytes, filename: shorten(filename, FILENAME_MAX_LENGTH) };
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

/** Names the fault of the form, such as a missing boundary. */
function malformed(error: unknown): ServiceError {
  const words = error instanceof Error ? shorten(error.message, 200) : 'not readable';
  return new ServiceError('malformed_request', `The form cannot be read: ${words}. ${howTo}`);
}
