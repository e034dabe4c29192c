/** Time and timers; tests use a manual clock. */
export interface Clock {
  /** Monotonic milliseconds; deadlines use this scale. */
  now(): number;
  /**
   * @param delayMs of any length: Node's own timers fire at once beyond 2³¹ − 1 ms
   * @returns a function that cancels the timer
   */
  after(delayMs: number, callback: () => void): () => void;
  /** Runs the callback after the pending events of this turn of the event loop. */
  soon(callback: () => void): void;
}

/** The longest delay of one of Node's timers; a longer wait takes several. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/*
 * The one module that starts timers, except for the client and the page, which import nothing: ESLint keeps `setTimeout`
 * and `setInterval` out of all others.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (delayMs, callback) => {
    let leftMs = delayMs;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const partMs = Math.min(leftMs, TIMER_MAX_MS);
      leftMs -= partMs;
      timer = setTimeout(leftMs > 0 ? wait : callback, partMs);
    };
    wait();
    return () => clearTimeout(timer);
  },
  soon: (callback) => void setImmediate(callback),
};

/** Resolves after the delay, which may be of any length. */
export function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.after(delayMs, resolve);
  });
}

/**
 * Calls back again and again, each time this long after the call before.
 * @returns a function that ends it
 */
export function every(
  intervalMs: number,
  callback: () => void,
  clock: Pick<Clock, 'after'> = systemClock,
): () => void {
  const wait = (): (() => void) =>
    clock.after(intervalMs, () => {
      cancel = wait();
      callback();
    });
  let cancel = wait();
  return () => cancel();
}
