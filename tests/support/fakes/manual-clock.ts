import type { Clock } from '../../../src/common/clock.ts';

/** A clock that the test advances. */
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

  /** Ends the turn of the event loop: runs what was put off to it, then the promise reactions. */
  async turn(): Promise<void> {
    for (const callback of this.#soon.splice(0)) callback();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets time pass, firing the timers that come due in their order. */
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
