import { systemClock, type Clock } from '../common/clock.ts';
import { backOffMs } from '../common/back-off.ts';

/** How an attempt to deliver something ended. */
export type Attempt =
  | { taken: true }
  | {
      taken: false;
      reason: string;
      /** Whether it may do at another time. */
      mayPass: boolean;
      /** At the earliest, where the receiver says so. */
      retryAfterMs?: number;
    };

/** What became of something that was to be delivered. */
export type Delivery =
  { delivered: true; attempts: number } | { delivered: false; attempts: number; reason: string };

export interface Patience {
  /** Gives up. */
  signal?: AbortSignal | undefined;
  clock?: Clock | undefined;
}

const ATTEMPTS = 6;
const backOff = { minMs: 1000, maxMs: 30_000 };

/** Makes attempts until one is taken, with growing pauses, as long as there is hope: up to six, half a minute in all. */
export async function tryAgain(
  attempt: () => Promise<Attempt>,
  patience: Patience,
): Promise<Delivery> {
  for (let attempts = 1; ; attempts++) {
    const end = await attempt();
    if (end.taken) return { delivered: true, attempts };
    const { reason, mayPass, retryAfterMs } = end;
    if (mayPass && attempts < ATTEMPTS) await pause(pauseMs(attempts, retryAfterMs), patience);
    if (!mayPass || attempts === ATTEMPTS || patience.signal?.aborted === true)
      return { delivered: false, attempts, reason };
  }
}

/** Random, so that those who were sent away together do not come back together. */
function pauseMs(attempts: number, retryAfterMs: number | undefined): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, backOff.maxMs);
  return backOffMs(attempts, backOff) * (0.75 + Math.random() / 2);
}

/** Ends early where the signal aborts. */
function pause(ms: number, { clock = systemClock, signal }: Patience): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.after(ms, done);
    function done(): void {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
  });
}
