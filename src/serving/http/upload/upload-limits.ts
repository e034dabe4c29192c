import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { ServiceError } from '../../../common/errors.ts';

/** Requests whose client waits for `100 Continue` before it sends the body (RFC 9110, 10.1.1). */
const waiting = new WeakSet<IncomingMessage>();

/** Lets the routes decide whether they want the body: they refuse it unread, or call `inviteBody`. */
export function deferContinue(server: Server, listener: RequestListener): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    waiting.add(request);
    // An answer that comes before the invitation leaves the connection in the middle of a request.
    response.setHeader('Connection', 'close');
    listener(request, response);
  });
}

/** To be called before a body is read. Does nothing where the client does not wait. */
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
