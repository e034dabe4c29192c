import type { CancelSignal } from './cancellation.ts';

/** A bounded number of places, given in order of arrival. */
export class Semaphore {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Waits for a place.
   * @returns the function that gives it back; call it once
   * @throws the signal's reason, if it is aborted while waiting
   */
  async acquire(signal?: CancelSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    return () => this.#release();
  }

  /** A place is handed from its holder to the next in line, so that no newcomer overtakes. */
  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else next();
  }

  #turn(signal: CancelSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(take);
        signal?.removeEventListener('abort', abort);
      };
      const take = (): void => {
        leave();
        resolve();
      };
      const abort = (): void => {
        leave();
        reject(signal?.reason as Error);
      };
      this.#waiting.add(take);
      signal?.addEventListener('abort', abort);
    });
  }
}
