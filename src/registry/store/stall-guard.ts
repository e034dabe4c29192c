import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { every } from '../../common/clock.ts';
import { StorageError, type Transferred } from './object-store.ts';

/** A stream that passes bytes through, counts and hashes them, and fails when there are too many. */
export class Meter extends Transform {
  readonly #hash = createHash('sha256');
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = Infinity) {
    super();
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Size and checksum of all bytes; call it once, at the end. */
  total(): Transferred {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) done(tooLarge(this.#maxBytes));
    else {
      this.#hash.update(chunk);
      done(null, chunk);
    }
  }
}

export function tooLarge(maxBytes: number): StorageError {
  return new StorageError(`it has more than ${maxBytes} bytes`);
}

/** Size and SHA-256 of a local file. */
export async function measureFile(file: string, signal?: AbortSignal): Promise<Transferred> {
  const meter = new Meter();
  meter.resume();
  await pipeline(createReadStream(file), meter, signal === undefined ? {} : { signal });
  return meter.total();
}

/** The slowest acceptable transfer. */
export interface StallLimit {
  windowMs: number;
  /** Fewer bytes within the window are a stall. */
  minBytes: number;
}

/**
 * Runs a transfer for as long as it makes progress.
 * @param bytesSoFar returns the number of bytes transferred so far
 * @param work stops when its signal aborts
 * @throws StorageError on a stall; errors of `work`
 */
export async function guardAgainstStall<Result>(
  { windowMs, minBytes }: StallLimit,
  bytesSoFar: () => number,
  work: (stalled: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stalled = new AbortController();
  let before = bytesSoFar();
  const stop = every(windowMs, () => {
    const moved = bytesSoFar() - before;
    before += moved;
    if (moved < minBytes) stalled.abort(stallError(moved, windowMs));
  });
  try {
    return await work(stalled.signal);
  } catch (error) {
    stalled.signal.throwIfAborted();
    throw error;
  } finally {
    stop();
  }
}

function stallError(bytes: number, windowMs: number): StorageError {
  return new StorageError(
    `it stalled: ${bytes} bytes in ${windowMs / 1000} s; check the network and the server`,
  );
}
