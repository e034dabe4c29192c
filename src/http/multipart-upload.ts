import type { Request, Response } from 'express';
import type { ReceivedPhoto } from '../predict/predict-request.ts';
import { readFirst } from './body.ts';
import { createFormReader, PHOTO_FIELD } from './form-reader.ts';
import { parseSinglePhotoForm } from './single-photo-form.ts';
import type { UploadLimits } from './upload-limits.ts';

/** What one read of a socket brings; larger forms arrive in pieces. */
const SMALL_FORM_BYTES = 65_536;

/** Reads the photos of one multipart form; made once, used for every request. */
export type MultipartReader = (request: Request, response: Response) => Promise<ReceivedPhoto[]>;

export function createMultipartReader(limits: UploadLimits): MultipartReader {
  const readForm = createFormReader(limits);
  return async (request, response) => {
    const photo = await readSinglePhoto(request, limits);
    return photo === undefined ? (await readForm(request, response)).photos : [photo];
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
      ? parseSinglePhotoForm(request.headers['content-type']!, body, PHOTO_FIELD)
      : undefined;
  if (photo === undefined || photo.bytes.length > uploadMaxBytes) {
    request.unshift(body);
    return undefined;
  }
  request.resume();
  return photo;
}
