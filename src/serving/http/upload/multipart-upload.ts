import type { Writable } from 'node:stream';
import type { Request, Response } from 'express';
import multer from 'multer';
import { ServiceError } from '../../../common/errors.ts';
import { shorten } from '../../../common/text/shorten.ts';
import type { ReceivedPhoto } from '../../predict/predict-request.ts';
import { watchLength, ClientGoneError, readFirst } from './body.ts';
import {
  imageTooLarge,
  requestTooLarge,
  tooManyImages,
  type UploadLimits,
} from './upload-limits.ts';
import type { Upload } from './upload-budget.ts';

const BOUNDARY = /^multipart\/form-data;\s*boundary=(?:"([^"\\]{1,70})"|([^\s";]{1,70}))\s*$/i;
/** Matches plain names only; the full parser handles names that need decoding. */
const DISPOSITION =
  /^content-disposition:\s*form-data;\s*name="([\w-]+)";\s*filename="([ !#$&'()+,\-.\w]+)"$/i;
const CONTENT_TYPE = /^content-type:\s*[\w.+-]+\/[\w.+-]+$/i;
const MOST_HEADER_BYTES = 1_000;

/**
 * Fast path past the full parser: extracts the photo of the form that nearly every client sends, one file in the field
 * `field`, from a form that is whole in memory (RFC 7578). Returns undefined for any other form, valid or not: the full
 * parser handles it and reports what is wrong with it.
 */
export function parseSinglePhotoForm(
  contentType: string,
  body: Buffer,
  field: string,
): ReceivedPhoto | undefined {
  const boundary = BOUNDARY.exec(contentType);
  if (boundary === null) return undefined;
  const delimiter = `--${boundary[1] ?? boundary[2]!}`;
  const headersStart = delimiter.length + 2;
  const headersEnd = body.subarray(0, MOST_HEADER_BYTES).indexOf('\r\n\r\n');
  if (headersEnd < headersStart || !startsWith(body, `${delimiter}\r\n`)) return undefined;
  const filename = filenameOf(body.toString('latin1', headersStart, headersEnd), field);
  const end = body.indexOf(`\r\n${delimiter}`, headersEnd + 4, 'latin1');
  if (filename === undefined || end === -1 || !isClosing(body, end + 2 + delimiter.length)) {
    return undefined;
  }
  return {
    bytes: body.subarray(headersEnd + 4, end),
    filename: shorten(filename, FILENAME_MAX_LENGTH),
  };
}

function startsWith(body: Buffer, text: string): boolean {
  return body.toString('latin1', 0, text.length) === text;
}

/** Whether the delimiter at `end` is the last one and nothing follows it. */
function isClosing(body: Buffer, at: number): boolean {
  const rest = body.toString('latin1', at, at + 5);
  return rest === '--\r\n' || rest === '--';
}

function filenameOf(headers: string, field: string): string | undefined {
  const [first, second, ...more] = headers.split('\r\n');
  const disposition = DISPOSITION.exec(first!);
  if (disposition?.[1] !== field || more.length > 0) return undefined;
  return second === undefined || CONTENT_TYPE.test(second) ? disposition[2]! : undefined;
}

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
export type FormReader = (
  request: Request,
  response: Response,
  upload: Upload,
) => Promise<UploadedForm>;

/** Bodies that were read whole before the full parser gets them. */
const wholeBodies = new WeakMap<object, Buffer>();

/** An option of multer that its types leave out. */
const feedParser = {
  streamHandler: (request: Request, parser: Writable): void => {
    const body = wholeBodies.get(request);
    if (body === undefined) request.pipe(parser);
    else parser.end(body);
  },
};

export function createFormReader(limits: UploadLimits): FormReader {
  const readForm = multer({
    ...feedParser,
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

  return async (request, response, upload) => {
    const formRead = new Promise<void>((resolve, reject) => {
      readForm(request, response, (error: unknown) => {
        if (error === undefined) resolve();
        else reject(isGone(request) ? new ClientGoneError() : toUploadError(error, limits));
      });
    });
    await Promise.race([
      formRead,
      watchLength(request, limits.requestMaxBytes, requestTooLarge, upload),
    ]);
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
    filename: shorten(originalname, FILENAME_MAX_LENGTH),
  }));
  return { photos, fields };
}

/** Longer than names in common file systems; an answer repeats it. */
const FILENAME_MAX_LENGTH = 255;

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

/** Quotes busboy, which names the fault of the form, such as a missing boundary. */
function malformed(error: unknown): ServiceError {
  const words = error instanceof Error ? shorten(error.message, 200) : 'not readable';
  return new ServiceError('malformed_request', `The form cannot be read: ${words}. ${howTo}`);
}

/** The size of one read of a socket; larger forms arrive in pieces. */
const SMALL_FORM_BYTES = 65_536;

/** Creates the reader of multipart forms, which serves every request. */
export type MultipartReader = (
  request: Request,
  response: Response,
  upload: Upload,
) => Promise<ReceivedPhoto[]>;

export function createMultipartReader(limits: UploadLimits): MultipartReader {
  const readForm = createFormReader(limits);
  return async (request, response, upload) => {
    const photo = await readSinglePhoto(request, limits, upload);
    return photo === undefined ? (await readForm(request, response, upload)).photos : [photo];
  };
}

/**
 * A small form with one photo, if the first bytes hold all of it; else leaves them to the full parser. A whole body cannot be
 * put back, because the request may have ended since.
 */
async function readSinglePhoto(
  request: Request,
  { uploadMaxBytes }: UploadLimits,
  upload: Upload,
): Promise<ReceivedPhoto | undefined> {
  const length = Number(request.headers['content-length'] ?? Infinity);
  if (length > SMALL_FORM_BYTES) return undefined;
  const body = await readFirst(request);
  if (body === undefined) return undefined;
  const photo =
    body.length === length
      ? parseSinglePhotoForm(request.headers['content-type']!, body, PHOTO_FIELD)
      : undefined;
  if (photo === undefined || photo.bytes.length > uploadMaxBytes) {
    if (body.length < length) request.unshift(body);
    else {
      upload.received(body.length);
      wholeBodies.set(request, body);
    }
    return undefined;
  }
  upload.received(body.length);
  request.resume();
  return photo;
}
