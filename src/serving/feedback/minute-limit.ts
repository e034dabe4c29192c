import type { Clock } from '../../common/clock.ts';

const MINUTE_MS = 60_000;

/** Lets at most so many pass in any minute. */
export class MinuteLimit {
  readonly #most: number;
  readonly #clock: Pick<Clock, 'now'>;
  /** When the last ones passed, oldest first. */
  readonly #passed: number[] = [];

  constructor(most: number, clock: Pick<Clock, 'now'>) {
    this.#most = most;
    this.#clock = clock;
  }

  /** @returns undefined where one more may pass, which then counts; else the seconds until one may */
  pass(): number | undefined {
    const nowMs = this.#clock.now();
    while (this.#passed.length > 0 && this.#passed[0]! + MINUTE_MS <= nowMs) this.#passed.shift();
    if (this.#passed.length < this.#most) {
      this.#passed.push(nowMs);
      return undefined;
    }
    return Math.ceil((this.#passed[0]! + MINUTE_MS - nowMs) / 1000);
  }
}
