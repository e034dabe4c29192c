import { performance } from 'node:perf_hooks';

/** Share of the time that a turn of the event loop spends elsewhere that may go to pieces beyond the first. */
const SHARE_OF_TURN = 0.5;
const MAX_AT_ONCE = 32;
const MIN_PIECE_MS = 0.05;

/**
 * Runs pieces of synchronous work, one in each turn of the event loop. The answers of a batch bring as many new photos
 * at once: decoded together, they would block timers, sockets and the next batch. Where turns are long for other
 * reasons, such as a flood of requests to refuse, several pieces run, as the accepted photos would starve otherwise.
 */
export class LoopTurns {
  readonly #waiting: (() => void)[] = [];
  readonly #now: () => number;
  #taken = false;
  /** The time that one piece took in the previous turn. */
  #pieceMs = Number.POSITIVE_INFINITY;
  #begunAtMs = 0;
  #doneAtMs = 0;
  /** Pieces that run in this turn. */
  #passed = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Resolves when the caller may run: at once where this turn is free, else in order of arrival. */
  async next(): Promise<void> {
    if (this.#taken) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return;
    }
    this.#taken = true;
    this.#doneAtMs = this.#now();
    this.#plan();
  }

  /** Pieces run in the microtasks after `pass`, which end before the next immediate. */
  #plan(): void {
    setImmediate(() => this.#pass());
    setImmediate(() => this.#measure());
  }

  #pass(): void {
    this.#begunAtMs = this.#now();
    const passing = this.#waiting.splice(0, this.#room());
    this.#passed = passing.length;
    this.#taken = passing.length > 0;
    for (const resolve of passing) resolve();
  }

  #measure(): void {
    if (this.#passed === 0) return;
    this.#doneAtMs = this.#now();
    const ownMs = this.#doneAtMs - this.#begunAtMs;
    this.#pieceMs = Math.max(MIN_PIECE_MS, ownMs / this.#passed);
    this.#plan();
  }

  #room(): number {
    const elsewhereMs = this.#begunAtMs - this.#doneAtMs;
    const fitting = Math.floor((SHARE_OF_TURN * elsewhereMs) / this.#pieceMs);
    return Math.min(MAX_AT_ONCE, Math.max(1, fitting));
  }
}
