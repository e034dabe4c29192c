/** A batch's place among those that were sent to one engine. */
export interface Place {
  sentAtMs: number;
  /** When the engine began with it; undefined while it waits for others. */
  startedAtMs: number | undefined;
}

/**
 * When an engine began with each batch, of whichever version: it runs `instances` at once, in the order in which they
 * were sent, so the time of one that waited starts where one before it ended.
 */
export class EngineQueueTimer {
  readonly #instances: number;
  readonly #waiting: Place[] = [];
  #running = 0;

  constructor(instances = 1) {
    this.#instances = instances;
  }

  /** Call `leave` with the place, however the batch ends. */
  enter(sentAtMs: number): Place {
    const isFree = this.#running < this.#instances;
    const place: Place = { sentAtMs, startedAtMs: isFree ? sentAtMs : undefined };
    if (isFree) this.#running += 1;
    else this.#waiting.push(place);
    return place;
  }

  /** @returns when the engine began with it; of one that overtook others that is not known, and when it was sent stands for it */
  leave(place: Place, atMs: number): number {
    if (place.startedAtMs === undefined) {
      this.#waiting.splice(this.#waiting.indexOf(place), 1);
      return place.sentAtMs;
    }
    this.#running -= 1;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.startedAtMs = Math.max(atMs, next.sentAtMs);
      this.#running += 1;
    }
    return place.startedAtMs;
  }
}
