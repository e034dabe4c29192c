import type { IncomingMessage } from 'node:http';
import type { ServiceError } from '../common/errors.ts';
import { ClientGoneError } from './client-gone.ts';

/**
 * Reads a whole body into memory, and stops keeping it as soon as it is too long.
 * @throws ServiceError made by `tooLarge` beyond maxBytes; ClientGoneError where the client leaves before the end.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  tooLarge: (maxBytes: number) => ServiceError,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else {
        chunks.length = 0;
        reject(tooLarge(maxBytes));
      }
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    rejectWhenGone(request, reject);
  });
}

/**
 * The part of the body that has arrived by the first read, or undefined where the body is empty. What it returns
 * may be put back with `unshift`.
 * @throws ClientGoneError where the client leaves before that.
 */
export function readFirst(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      request.removeListener('readable', settle).removeListener('close', onClose);
      resolve((request.read() as Buffer | null) ?? undefined);
    };
    const onClose = (): void => reject(new ClientGoneError());
    request.once('readable', settle).once('close', onClose);
  });
}

/** Rejects once more than maxBytes have arrived: for bodies that something else reads. */
export function watchLength(
  request: IncomingMessage,
  maxBytes: number,
  tooLarge: (maxBytes: number) => ServiceError,
): Promise<never> {
  return new Promise((_resolve, reject) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) reject(tooLarge(maxBytes));
    });
    rejectWhenGone(request, reject);
  });
}

function rejectWhenGone(request: IncomingMessage, reject: (reason: Error) => void): void {
  request.once('error', () => reject(new ClientGoneError()));
  request.once('close', () => {
    if (!request.readableEnded) reject(new ClientGoneError());
  });
}
