/** Time and timers; tests use a manual clock. */
export interface Clock {
  /** Monotonic milliseconds; deadlines use this scale. */
  now(): number;
  /** @returns a function that cancels the timer */
  after(delayMs: number, callback: () => void): () => void;
  /** Runs the callback after the pending events of this turn of the event loop. */
  soon(callback: () => void): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  soon: (callback) => void setImmediate(callback),
};
