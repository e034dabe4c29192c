import { StorageError } from './object-store.ts';

/** The slowest transfer that is waited for. */
export interface StallLimit {
  windowMs: number;
  /** Fewer within the window is a stall. */
  minBytes: number;
}

/**
 * Runs a transfer for as long as it makes progress.
 * @param bytesSoFar of the transfer
 * @param work gives up when its signal aborts
 * @throws StorageError on a stall; what `work` throws
 */
export async function guardAgainstStall<Result>(
  { windowMs, minBytes }: StallLimit,
  bytesSoFar: () => number,
  work: (stalled: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stalled = new AbortController();
  let before = bytesSoFar();
  const timer = setInterval(() => {
    const moved = bytesSoFar() - before;
    before += moved;
    if (moved < minBytes) stalled.abort(stallError(moved, windowMs));
  }, windowMs);
  try {
    return await work(stalled.signal);
  } catch (error) {
    stalled.signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
  }
}

function stallError(bytes: number, windowMs: number): StorageError {
  return new StorageError(
    `it stalled: ${bytes} bytes in ${windowMs / 1000} s; check the network and the server`,
  );
}
