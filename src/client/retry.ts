import { FaceAgeConnectionError, FaceAgeError } from './client-error.ts';

export interface RetryOptions {
  /** Number of attempts after the first. */
  retries: number;
  /** Longest wait between two attempts; if the service asks for a longer one, its error is thrown at once. */
  retryMaxWaitMs: number;
  signal: AbortSignal | undefined;
}

const FIRST_WAIT_MS = 250;
/** Longer timers of JavaScript fire at once. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * Retries if the service is at capacity or not ready (429, 503) or cannot be reached: after the time that it asked for,
 * or else with exponential back-off and jitter. The client has its own back-off because it imports nothing.
 * @throws the last error; the signal's reason
 */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  { retries, retryMaxWaitMs, signal }: RetryOptions,
): Promise<Result> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      const waitMs = waitAfter(error, tries);
      if (waitMs === undefined || tries >= retries || waitMs > retryMaxWaitMs) throw error;
      await wait(waitMs, signal);
    }
  }
}

function waitAfter(error: unknown, tries: number): number | undefined {
  const backOffMs = FIRST_WAIT_MS * 2 ** tries * (0.5 + Math.random() / 2);
  if (error instanceof FaceAgeConnectionError) return backOffMs;
  if (!(error instanceof FaceAgeError)) return undefined;
  if (error.status !== 429 && error.status !== 503) return undefined;
  return error.retryAfterMs ?? backOffMs;
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
      Math.min(ms, TIMER_MAX_MS),
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
