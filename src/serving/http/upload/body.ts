import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { ServiceError } from '../../../common/errors.ts';
import { parseBoundedJson } from '../../../common/json/parse-json.ts';
import {
  JsonBoundsError,
  type JsonBound,
  type JsonBounds,
} from '../../../common/json/scan-json.ts';
import { shorten } from '../../../common/text/shorten.ts';
import type { Upload } from './upload-budget.ts';

/** The client has closed its connection, so no answer can be sent. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';

  constructor() {
    super('the client has closed its connection');
  }
}

/**
 * Reads a whole body into memory. A body that is too long is dropped while it arrives.
 * @param upload the memory that it takes; without one the body must be small
 * @throws ServiceError from `tooLarge` beyond maxBytes, or from the upload; ClientGoneError where the client disconnects
 *   before the end
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  tooLarge: (maxBytes: number) => ServiceError,
  upload?: Upload,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let body: GrowingBody | undefined = new GrowingBody(request, maxBytes);
    const drop = (reason: Error): void => {
      body = undefined;
      reject(reason);
    };
    upload?.onTooSlow(drop);
    request.on('data', (chunk: Buffer) => {
      if (body === undefined) return;
      const fault =
        body.length + chunk.length > maxBytes
          ? tooLarge(maxBytes)
          : faultOf(() => upload?.received(chunk.length));
      if (fault === undefined) body.append(chunk);
      else drop(fault);
    });
    request.once('end', () => {
      upload?.complete();
      if (body !== undefined) resolve(body.bytes());
    });
    rejectWhenGone(request, reject);
  });
}

function faultOf(step: () => void): Error | undefined {
  try {
    step();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** Shorter bodies mostly arrive in one piece. */
const PREALLOCATED_MIN_BYTES = 65_536;

/** The bytes that have arrived. Those of a declared length are copied into place, so that nothing is held twice. */
class GrowingBody {
  readonly #chunks: Buffer[] = [];
  readonly #whole: Buffer | undefined;
  length = 0;

  constructor({ headers }: IncomingMessage, maxBytes: number) {
    const declaredBytes = Number(headers['content-length'] ?? 0);
    const isKnown = declaredBytes > PREALLOCATED_MIN_BYTES && declaredBytes <= maxBytes;
    // Memory that nothing has been written to takes no room yet.
    if (isKnown) this.#whole = Buffer.allocUnsafe(declaredBytes);
  }

  append(chunk: Buffer): void {
    if (this.#whole === undefined) this.#chunks.push(chunk);
    else chunk.copy(this.#whole, this.length);
    this.length += chunk.length;
  }

  bytes(): Buffer {
    if (this.#whole !== undefined) return this.#whole;
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
  }
}

function rejectWhenGone(request: IncomingMessage, reject: (reason: Error) => void): void {
  request.once('error', () => reject(new ClientGoneError()));
  request.once('close', () => {
    if (!request.readableEnded) reject(new ClientGoneError());
  });
}

/**
 * @param body UTF-8
 * @param faults the error of a bound, where it is not `malformed_request`
 * @throws ServiceError `malformed_request`
 */
export async function parseJson(
  body: Buffer,
  bounds: JsonBounds,
  faults: Partial<Record<JsonBound, () => ServiceError>> = {},
): Promise<unknown> {
  try {
    return await parseBoundedJson(withoutByteOrderMark(body), bounds);
  } catch (error) {
    if (!(error instanceof JsonBoundsError))
      throw new ServiceError('malformed_request', notJson(body));
    throw (
      faults[error.bound]?.() ??
      new ServiceError('malformed_request', `The JSON has ${error.message}.`)
    );
  }
}

/** Some editors and libraries begin UTF-8 with one; JSON must not (RFC 8259, 8.1), but readers may ignore it. */
function withoutByteOrderMark(body: Buffer): Buffer {
  return body.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf)) ? body.subarray(3) : body;
}

/** JSON in UTF-16 begins with a byte-order mark, or has a zero beside its first character. */
function notJson(body: Buffer): string {
  const [first, second] = body;
  const isWide =
    body.length > 1 && (first === 0 || second === 0 || first === 0xfe || first === 0xff);
  return isWide
    ? 'The body is not JSON in UTF-8; it seems to be in UTF-16.'
    : 'The body is not JSON.';
}

/** Far more than any route with a small body has. */
const smallBounds: JsonBounds = { elements: 100, members: 100, depth: 8 };

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
  const parsed = schema.safeParse(body.length === 0 ? {} : await parseJson(body, smallBounds));
  if (parsed.success) return parsed.data;
  const { path, message } = firstFault(parsed.error);
  const where = path === '' ? 'The body' : `"${path}"`;
  throw new ServiceError('malformed_request', `${where} is not valid: ${message}.`);
}

const MESSAGE_MAX_LENGTH = 200;
const PATH_MAX_LENGTH = 100;

/** Path and message of the first fault. The message is cut, as it names every unknown key, however many there are. */
export function firstFault({ issues }: z.ZodError): { path: string; message: string } {
  const [fault] = issues;
  const message = shorten(fault!.message, MESSAGE_MAX_LENGTH);
  return { path: shorten(fault!.path.join('.'), PATH_MAX_LENGTH), message };
}
