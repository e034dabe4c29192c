import type { Request, Response } from 'express';
import { ServiceError } from '../common/errors.ts';
import type { ReceivedPhoto } from '../predict/predict-request.ts';
import { inviteBody } from './expect-continue.ts';
import { readJsonPhotos } from './json-upload.ts';
import { createMultipartReader } from './multipart-upload.ts';
import { readRawPhoto } from './raw-upload.ts';
import { assertDeclaredLength, type UploadLimits } from './upload-limits.ts';

export type UploadForm = 'multipart' | 'json' | 'raw';

/**
 * Reads the photos of a request in any of its three forms, at least one and within the limits.
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
 * What a body is by its headers.
 * @throws ServiceError `no_image` where there is none, `unsupported_media_type`
 */
export function formOf(request: Request): UploadForm {
  if (!hasBody(request)) throw new ServiceError('no_image', `The body is empty. ${forms}`);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw unsupported('A compressed body is not taken');
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type === 'multipart/form-data') return 'multipart';
  if (type === 'application/json') return 'json';
  if (type.startsWith('image/') || type === 'application/octet-stream') return 'raw';
  throw unsupported(
    type === '' ? 'The request has no Content-Type' : 'The Content-Type is unknown',
  );
}

const forms = 'Send multipart/form-data, an image/* body, or application/json.';

/** By its headers (RFC 9112, 6.3). */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function unsupported(fault: string): ServiceError {
  return new ServiceError('unsupported_media_type', `${fault}. ${forms}`);
}
