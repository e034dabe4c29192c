import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { ServiceError } from '../../../common/errors.ts';

/** Requests whose client waits for `100 Continue` before it sends the body (RFC 9110, 10.1.1). */
const waiting = new WeakSet<IncomingMessage>();

/** Leaves it to the routes to refuse the body unread or to request it with `inviteBody`. */
export function deferContinue(server: Server, listener: RequestListener): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    waiting.add(request);
    // An answer before `100 Continue` leaves the connection in the middle of a request.
    response.setHeader('Connection', 'close');
    listener(request, response);
  });
}

/** Requests the body; call it before reading. Does nothing where the client does not wait for `100 Continue`. */
export function inviteBody(request: IncomingMessage, response: ServerResponse): void {
  if (!waiting.delete(request)) return;
  response.removeHeader('Connection');
  response.writeContinue();
}

export interface UploadLimits {
  uploadMaxBytes: number;
  requestMaxBytes: number;
  maxImages: number;
}

/**
 * Refuses a body by its declared length, before anything is read.
 * @param form `raw` where the body is one photo
 */
export function assertDeclaredLength(
  request: IncomingMessage,
  { requestMaxBytes, uploadMaxBytes }: UploadLimits,
  form?: string,
): void {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > requestMaxBytes) throw requestTooLarge(requestMaxBytes);
  if (form === 'raw' && declared > uploadMaxBytes) throw imageTooLarge(uploadMaxBytes);
}

export function requestTooLarge(maxBytes: number): ServiceError {
  return new ServiceError(
    'request_too_large',
    `A request may have at most ${maxBytes} bytes; send fewer photos at a time.`,
  );
}

export function imageTooLarge(maxBytes: number): ServiceError {
  return new ServiceError('image_too_large', `A photo may have at most ${maxBytes} bytes.`);
}

export function tooManyImages(maxImages: number): ServiceError {
  return new ServiceError('too_many_images', `A request may hold at most ${maxImages} photos.`);
}
