/**
 * When an engine last finished a batch, of whichever version: it runs one at a time, in the order in which they were
 * sent, so each batch's own time starts where the one before ended.
 */
export class EngineLine {
  #finishedAtMs = 0;

  /** Time from which the engine worked on a batch that was sent then. */
  startOf(sentAtMs: number): number {
    return Math.max(sentAtMs, this.#finishedAtMs);
  }

  finish(atMs: number): void {
    this.#finishedAtMs = atMs;
  }
}
