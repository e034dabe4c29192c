/** One batch in an engine's queue. */
export interface Ticket {
  sentAtMs: number;
  /** When the engine started the batch; undefined while the batch waits. */
  startedAtMs: number | undefined;
}

/**
 * Works out when an engine started each batch, so that waiting and inference are timed separately. All model versions
 * of an engine share one timer: the engine runs `instances` batches at once, in the order in which they were sent, so
 * a batch that waited starts when an earlier one ends.
 */
export class EngineQueueTimer {
  readonly #instances: number;
  readonly #waiting: Ticket[] = [];
  #running = 0;

  constructor(instances = 1) {
    this.#instances = instances;
  }

  /** The caller must pass the ticket to `leave`, however the batch ends. */
  enter(sentAtMs: number): Ticket {
    const isFree = this.#running < this.#instances;
    const ticket: Ticket = { sentAtMs, startedAtMs: isFree ? sentAtMs : undefined };
    if (isFree) this.#running += 1;
    else this.#waiting.push(ticket);
    return ticket;
  }

  /** @returns when the engine started the batch. For a batch that overtook others this is unknown; its send time is returned. */
  leave(ticket: Ticket, atMs: number): number {
    if (ticket.startedAtMs === undefined) {
      this.#waiting.splice(this.#waiting.indexOf(ticket), 1);
      return ticket.sentAtMs;
    }
    this.#running -= 1;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.startedAtMs = Math.max(atMs, next.sentAtMs);
      this.#running += 1;
    }
    return ticket.startedAtMs;
  }
}
