import { ServiceError } from '../../common/errors.ts';
import type { DecodeCost } from './header/coded-picture.ts';

/** Where a photo is decoded: on this process's thread pool, or in a child process. */
export type DecodePlace = 'pool' | 'child';

/** A photo that waits for its share of the budget. */
export interface DecodeTicket {
  cost: DecodeCost;
  place: DecodePlace;
  /** Cheap photos wait only for each other. */
  isCheap: boolean;
  start: () => void;
}

export interface DecodeQueueOptions {
  maxWaitMs: number;
  /** Expensive photos that are decoded at the same time, by which waits are estimated. */
  places: number;
}

/**
 * A photo overtakes those that came up to this many times the difference of their estimates earlier: the cheapest comes
 * first, but an expensive photo does not wait forever.
 */
const AGING = 20;
/** Cheap photos are refused earlier, so that the wait of those that are answered is short. */
const CHEAP_WAIT_SHARE = 1 / 2;
const MAX_TICKETS = 1000;
const MAX_RETRY_AFTER_SECONDS = 60;

interface Waiting {
  ticket: DecodeTicket;
  /** Lower is earlier. */
  key: number;
}

/** Photos that wait to be decoded, in the order of their turns. Its length and the estimated wait are bounded. */
export class DecodeQueue {
  readonly #options: DecodeQueueOptions;
  #waiting: Waiting[] = [];

  constructor(options: DecodeQueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Memory that the waiting photos will take. */
  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { ticket }) => sum + ticket.cost.memoryBytes, 0);
  }

  /** Whether photos wait that a new one must not overtake. */
  isBehind({ isCheap, place }: DecodeTicket): boolean {
    return this.#waiting.some(
      ({ ticket }) => ticket.isCheap === isCheap && (!isCheap || ticket.place === place),
    );
  }

  /** @throws ServiceError `queue_full` with retryAfterSeconds */
  push(ticket: DecodeTicket, nowMs: number): void {
    const key = nowMs + AGING * ticket.cost.cpuMs;
    const waitMs = this.#waitBefore(key, ticket.isCheap);
    const { maxWaitMs } = this.#options;
    const allowedMs = ticket.isCheap ? maxWaitMs * CHEAP_WAIT_SHARE : maxWaitMs;
    if (waitMs > allowedMs || this.#waiting.length >= MAX_TICKETS) throw tooBusy(waitMs);
    const index = this.#waiting.findIndex((other) => other.key > key);
    this.#waiting.splice(index < 0 ? this.#waiting.length : index, 0, { ticket, key });
  }

  remove(ticket: DecodeTicket): void {
    this.#waiting = this.#waiting.filter((other) => other.ticket !== ticket);
  }

  /**
   * Starts the photos that have room, in order. An expensive one without room keeps those behind it waiting, so that smaller
   * ones do not take the memory that it waits for.
   * @param hasRoom is asked before each start
   */
  startEach(hasRoom: (ticket: DecodeTicket) => boolean): void {
    let isBlocked = false;
    for (const { ticket } of [...this.#waiting]) {
      if (isBlocked && !ticket.isCheap) continue;
      if (hasRoom(ticket)) {
        this.remove(ticket);
        ticket.start();
      } else if (!ticket.isCheap) isBlocked = true;
    }
  }

  /** Estimated time until those with a lower key have been decoded. */
  #waitBefore(key: number, isCheap: boolean): number {
    let total = 0;
    for (const { ticket, key: other } of this.#waiting)
      if (other <= key && ticket.isCheap === isCheap) total += ticket.cost.cpuMs;
    // One place more than for expensive ones is kept for cheap ones.
    return total / (this.#options.places + (isCheap ? 1 : 0));
  }
}

function tooBusy(waitMs: number): ServiceError {
  const seconds = Math.min(Math.max(Math.ceil(waitMs / 1000), 1), MAX_RETRY_AFTER_SECONDS);
  const detail = 'Too many images that are expensive to decode are waiting. Try again later.';
  return new ServiceError('queue_full', detail, { retryAfterSeconds: seconds });
}
