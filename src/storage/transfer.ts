import { setTimeout as sleep } from 'node:timers/promises';
import { Meter } from './meter.ts';
import { guardAgainstStall, type StallLimit } from './stall-guard.ts';
import type { Transferred } from './writable-store.ts';

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 200;

export interface TransferOptions {
  maxBytes?: number;
  stall: StallLimit;
  signal?: AbortSignal | undefined;
  /** Whether it is worth another attempt. */
  isTransient(error: unknown): boolean;
}

/**
 * Moves bytes through a meter, from the start again where the connection was lost.
 * @param move one attempt; gives up when its signal aborts
 * @throws StorageError on a stall; the signal's reason; what the last attempt threw
 */
export async function transfer(
  options: TransferOptions,
  move: (meter: Meter, signal: AbortSignal) => Promise<void>,
): Promise<Transferred> {
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    try {
      return await attemptTransfer(options, move);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (attempt === ATTEMPTS || !options.isTransient(error)) throw error;
    }
    await sleep(FIRST_PAUSE_MS * attempt);
  }
}

async function attemptTransfer(
  { maxBytes, stall, signal }: TransferOptions,
  move: (meter: Meter, signal: AbortSignal) => Promise<void>,
): Promise<Transferred> {
  const meter = new Meter(maxBytes);
  await guardAgainstStall(
    stall,
    () => meter.bytes,
    (stalled) => move(meter, signal === undefined ? stalled : AbortSignal.any([signal, stalled])),
  );
  return meter.total();
}
