import type { IncomingMessage } from 'node:http';
import { ServiceError } from '../common/errors.ts';

export interface UploadLimits {
  uploadMaxBytes: number;
  requestMaxBytes: number;
  maxImages: number;
}

/** Refuses by the declared length, before anything is read. */
export function assertDeclaredLength(
  request: IncomingMessage,
  { requestMaxBytes }: UploadLimits,
): void {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > requestMaxBytes) throw requestTooLarge(requestMaxBytes);
}

export function requestTooLarge(maxBytes: number): ServiceError {
  return new ServiceError(
    'request_too_large',
    `A request may have ${maxBytes} bytes; send fewer photos at a time.`,
  );
}

export function imageTooLarge(maxBytes: number): ServiceError {
  return new ServiceError('image_too_large', `A photo may have ${maxBytes} bytes.`);
}

export function tooManyImages(maxImages: number): ServiceError {
  return new ServiceError('too_many_images', `A request may hold ${maxImages} photos.`);
}
