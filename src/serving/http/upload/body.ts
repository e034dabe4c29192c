import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { ServiceError } from '../../../common/errors.ts';

/** The client has closed its connection, so no answer can be sent. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';

  constructor() {
    super('the client has closed its connection');
  }
}

/**
 * Reads a whole body into memory. A body that is too long is dropped while it arrives.
 * @throws ServiceError from `tooLarge` beyond maxBytes; ClientGoneError where the client disconnects before the end
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
 * The part of the body that has arrived by the first read, or undefined where the body is empty. The caller may put it
 * back with `unshift`.
 * @throws ClientGoneError where the client disconnects before that
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

/** Rejects when more than maxBytes have arrived, for bodies that other code reads. */
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

/** @throws ServiceError `malformed_request` */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ServiceError('malformed_request', 'The body is not JSON.');
  }
}

/**
 * Reads a small JSON body; an empty one counts as `{}`.
 * @throws ServiceError `request_too_large`, or `malformed_request`, which names the first fault; ClientGoneError
 */
export async function readJson<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
  maxBytes: number,
): Promise<z.infer<Schema>> {
  const body = await readBody(
    request,
    maxBytes,
    () => new ServiceError('request_too_large', `The body may have at most ${maxBytes} bytes.`),
  );
  const parsed = schema.safeParse(body.length === 0 ? {} : parseJson(body));
  if (parsed.success) return parsed.data;
  const { path, message } = firstFault(parsed.error);
  const where = path === '' ? 'The body' : `"${path}"`;
  throw new ServiceError('malformed_request', `${where} is not valid: ${message}.`);
}

const MESSAGE_MAX_LENGTH = 200;

/** Path and message of the first fault. The message is cut, as it names every unknown key, however many there are. */
export function firstFault({ issues }: z.ZodError): { path: string; message: string } {
  const [fault] = issues;
  const message = fault!.message.slice(0, MESSAGE_MAX_LENGTH);
  return { path: fault!.path.join('.'), message };
}
