/** Time as those see it who wait for it; tests hold their own. */
export interface Clock {
  /** Monotonic milliseconds; deadlines are on this scale. */
  now(): number;
  /** @returns a function that cancels. */
  after(delayMs: number, callback: () => void): () => void;
  /** Once the events now at hand have been handled. */
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
