import type { Clock } from '../../../src/common/clock.ts';

/** A clock that moves only when the test advances it. */
export class ManualClock implements Clock {
  #nowMs = 0;
  #timers: { atMs: number; callback: () => void }[] = [];
  #soon: (() => void)[] = [];

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  soon(callback: () => void): void {
    this.#soon.push(callback);
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Advances the time at once, as while the process is paused: timers that become due fire with the next advance. */
  skip(ms: number): void {
    this.#nowMs += ms;
  }

  /** Ends the turn of the event loop: runs the callbacks of `soon`, then the promise reactions. */
  async turn(): Promise<void> {
    for (const callback of this.#soon.splice(0)) callback();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Advances the time and fires the timers that become due, in order. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#takeDue(untilMs); next !== undefined; next = this.#takeDue(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
      await this.turn();
    }
    this.#nowMs = untilMs;
    await this.turn();
  }

  #takeDue(untilMs: number): { atMs: number; callback: () => void } | undefined {
    const next = this.#timers.toSorted((a, b) => a.atMs - b.atMs)[0];
    if (next === undefined || next.atMs > untilMs) return undefined;
    this.#timers = this.#timers.filter((other) => other !== next);
    return next;
  }
}
