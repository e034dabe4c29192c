import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { ServiceError } from '../../../common/errors.ts';

/** Larger bodies may not use the reserved part of the memory. */
const SMALL_BODY_BYTES = 1_000_000;
const RESERVED_BYTES = 32_000_000;
const RESERVED_MAX_SHARE = 0.25;

/** An upload that is slower while others find no room is ended. The first seconds do not count. */
const SLOWEST_BYTES_PER_SECOND = 100_000;
const SLOW_START_MS = 2000;

/**
 * The memory for bodies in flight. A large body takes its declared length before it is read; a small one, and one without
 * a declared length, takes its bytes as they arrive. An upload returns them when the request has ended and nothing works
 * on its photos any more.
 */
export class UploadBudget {
  readonly #totalBytes: number;
  readonly #largeMaxBytes: number;
  readonly #now: () => number;
  readonly #uploads = new Set<Upload>();
  #bytes = 0;
  #largeBytes = 0;

  /** @param totalBytes up to 32 MB, and at most a quarter of it, are kept for bodies of up to 1 MB */
  constructor(totalBytes: number, now: () => number = () => performance.now()) {
    this.#totalBytes = totalBytes;
    this.#largeMaxBytes = totalBytes - Math.min(RESERVED_BYTES, totalBytes * RESERVED_MAX_SHARE);
    this.#now = now;
  }

  /** The bytes that are taken. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Begins the upload of a request; call it before the body is read. It ends by itself with the request.
   * @throws ServiceError `request_too_large` where the body can never fit; `uploads_full`
   */
  open(request: IncomingMessage, response: ServerResponse): Upload {
    const upload = new Upload(this, request.socket, this.#now());
    const declaredBytes = Number(request.headers['content-length'] ?? 0);
    if (declaredBytes > SMALL_BODY_BYTES) upload.take(declaredBytes);
    this.#uploads.add(upload);
    uploads.set(response, upload);
    response.once('close', () => upload.release());
    return upload;
  }

  /**
   * Changes the bytes of an upload.
   * @throws ServiceError as `open`
   */
  change(upload: Upload, from: number, to: number): void {
    if (to > this.#largeMaxBytes) throw neverFits(this.#largeMaxBytes);
    if (!this.#fits(from, to)) this.#endSlowUploads(upload);
    if (!this.#fits(from, to)) throw full();
    this.#bytes += to - from;
    this.#largeBytes += largePart(to) - largePart(from);
  }

  forget(upload: Upload, bytes: number): void {
    this.#bytes -= bytes;
    this.#largeBytes -= largePart(bytes);
    this.#uploads.delete(upload);
  }

  #fits(from: number, to: number): boolean {
    const largeBytes = this.#largeBytes + largePart(to) - largePart(from);
    const isWithin = this.#bytes + to - from <= this.#totalBytes;
    return isWithin && (to <= SMALL_BODY_BYTES || largeBytes <= this.#largeMaxBytes);
  }

  #endSlowUploads(except: Upload): void {
    const nowMs = this.#now();
    for (const upload of this.#uploads) if (upload !== except) upload.endIfSlow(nowMs);
  }
}

function largePart(bytes: number): number {
  return bytes > SMALL_BODY_BYTES ? bytes : 0;
}

function full(): ServiceError {
  return new ServiceError(
    'uploads_full',
    'The server is receiving as many bytes as it has memory for. Try again.',
    { retryAfterSeconds: 1 },
  );
}

function tooSlow(): ServiceError {
  return new ServiceError(
    'request_timeout',
    'The upload is too slow while others wait for its memory. Try again later.',
  );
}

function neverFits(maxBytes: number): ServiceError {
  return new ServiceError(
    'request_too_large',
    `A request may have at most ${maxBytes} bytes, as UPLOAD_MEMORY_BYTES allows no more; send fewer photos at a time.`,
  );
}

/** The uploads whose bytes are held, by the response to their request. */
const uploads = new WeakMap<ServerResponse, Upload>();

/** Keeps the bytes of a request taken until the work on them has ended, even if the client leaves before that. */
export function keepUploadDuring(response: ServerResponse, work: Promise<unknown>): void {
  uploads.get(response)?.holdDuring(work);
}

/** The memory of one request's body. */
export class Upload {
  readonly #budget: UploadBudget;
  readonly #socket: { readonly bytesRead: number };
  readonly #startedAtMs: number;
  readonly #bytesReadBefore: number;
  #declaredBytes = 0;
  #bytes = 0;
  /** The request itself is the first holder. */
  #holders = 1;
  #end: ((reason: ServiceError) => void) | undefined;

  constructor(budget: UploadBudget, socket: { readonly bytesRead: number }, startedAtMs: number) {
    this.#budget = budget;
    this.#socket = socket;
    this.#startedAtMs = startedAtMs;
    this.#bytesReadBefore = socket.bytesRead;
  }

  /**
   * Takes the declared length.
   * @throws ServiceError `request_too_large` or `uploads_full`
   */
  take(bytes: number): void {
    this.#budget.change(this, 0, bytes);
    this.#declaredBytes = this.#bytes = bytes;
  }

  /**
   * Call it for each piece of the body; it does nothing for a body that was taken before.
   * @throws ServiceError as `take`
   */
  received(bytes: number): void {
    if (this.#declaredBytes > 0 || this.#holders === 0) return;
    this.#budget.change(this, this.#bytes, this.#bytes + bytes);
    this.#bytes += bytes;
  }

  /** @param end called where the upload is too slow and others need its memory, unless `complete` was called before */
  onTooSlow(end: (reason: ServiceError) => void): void {
    this.#end = end;
  }

  /** The body has arrived. */
  complete(): void {
    this.#end = undefined;
  }

  endIfSlow(nowMs: number): void {
    const seconds = (nowMs - this.#startedAtMs - SLOW_START_MS) / 1000;
    const arrived = this.#socket.bytesRead - this.#bytesReadBefore;
    if (this.#end === undefined || arrived >= seconds * SLOWEST_BYTES_PER_SECOND) return;
    this.#end(tooSlow());
    this.#end = undefined;
    this.#holders = 1;
    this.release();
  }

  holdDuring(work: Promise<unknown>): void {
    if (this.#holders === 0) return;
    this.#holders += 1;
    const release = () => this.release();
    work.then(release, release);
  }

  release(): void {
    if (this.#holders === 0 || --this.#holders > 0) return;
    this.#budget.forget(this, this.#bytes);
    this.#bytes = 0;
  }
}
