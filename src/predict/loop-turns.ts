/**
 * Lets one piece of synchronous work pass at each turn of the event loop. A batch's answers bring as many new
 * photos at once: decoded in one go, they would hold up timers, sockets and the next batch for as long.
 */
export class LoopTurns {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /** Resolves when it is the caller's turn: at once where this turn is free, else in order. */
  async next(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#take();
  }

  #take(): void {
    this.#taken = true;
    setImmediate(() => {
      const resolve = this.#waiting.shift();
      if (resolve === undefined) {
        this.#taken = false;
        return;
      }
      resolve();
      this.#take();
    });
  }
}
