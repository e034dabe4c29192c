import { performance } from 'node:perf_hooks';

/** Of the time that a turn of the loop takes elsewhere, so much may go to waiting pieces beyond the first. */
const SHARE_OF_TURN = 0.5;
const MOST_AT_ONCE = 32;
const LEAST_PIECE_MS = 0.05;

/**
 * Lets pieces of synchronous work pass one at each turn of the event loop. A batch's answers bring as many new photos
 * at once: decoded in one go, they would hold up timers, sockets and the next batch for as long. Where turns are long
 * for other reasons, such as a flood of requests to refuse, several pass: else those that were accepted would starve.
 */
export class LoopTurns {
  readonly #waiting: (() => void)[] = [];
  readonly #now: () => number;
  #taken = false;
  /** What one piece took in the turn before. */
  #pieceMs = Number.POSITIVE_INFINITY;
  #begunAtMs = 0;
  #doneAtMs = 0;
  /** In this turn. */
  #passed = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Resolves when it is the caller's turn: at once where this turn is free, else in order. */
  async next(): Promise<void> {
    if (this.#taken) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return;
    }
    this.#taken = true;
    this.#doneAtMs = this.#now();
    this.#plan();
  }

  /** Pieces run in the microtasks after `pass`, and these are done before the next immediate. */
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
    this.#pieceMs = Math.max(LEAST_PIECE_MS, ownMs / this.#passed);
    this.#plan();
  }

  #room(): number {
    const elsewhereMs = this.#begunAtMs - this.#doneAtMs;
    const fitting = Math.floor((SHARE_OF_TURN * elsewhereMs) / this.#pieceMs);
    return Math.min(MOST_AT_ONCE, Math.max(1, fitting));
  }
}
