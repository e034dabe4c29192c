import type { CancelSignal } from '../../common/cancellation.ts';
import { type Clock, systemClock } from '../../common/clock.ts';
import { ServiceError } from '../../common/errors.ts';
import { DecodeQueue, type DecodePlace, type DecodeTicket } from './decode-queue.ts';
import type { DecodeCost } from './header/coded-picture.ts';

/** Memory of the budget by what happens to it. */
export interface BudgetUse {
  usedBytes: number;
  waitingBytes: number;
}

export interface DecodeBudgetOptions {
  /** Memory that all decoding may take at the same time; a sixteenth of it is kept for cheap photos. */
  memoryBytes: number;
  /** Estimated time above which a photo is refused. */
  maxCpuMs: number;
  /** How long a photo may have to wait, by the estimates of those that go before it; others are refused. */
  maxWaitMs: number;
  /** Expensive photos that are decoded at the same time. */
  workers: number;
  clock?: Clock;
  onChange?: (use: BudgetUse) => void;
}

/** The share of the memory that only cheap photos may take. */
const RESERVED_SHARE = 1 / 16;
/** Photos up to this estimate are cheap. */
export const CHEAP_CPU_MS = 200;
/** Threads of libuv's pool, which decode photos in this process. */
const POOL_THREADS = 4;

/** The most that a photo may cost on its own. */
export interface CostLimits {
  memoryBytes: number;
  cpuMs: number;
}

/** Whether photos of this cost may use what is kept for cheap ones. */
function isCheap(cost: DecodeCost, reservedBytes: number): boolean {
  return cost.cpuMs <= CHEAP_CPU_MS && cost.memoryBytes <= reservedBytes;
}

/**
 * The memory and the processor time that decoding may take. A photo takes its share before it is decoded and returns it when
 * the native work has ended, whether or not anybody still waits for the answer.
 *
 * Photos that do not fit at the moment wait, cheap ones before expensive ones. Expensive photos never take the last place and
 * the last sixteenth of the memory, so that cheap ones do not wait for them.
 */
export class DecodeBudget {
  readonly #options: DecodeBudgetOptions;
  readonly #clock: Clock;
  readonly #reservedBytes: number;
  readonly #queue: DecodeQueue;
  #usedBytes = 0;
  #expensive = 0;
  readonly #running: Record<DecodePlace, number> = { pool: 0, child: 0 };

  constructor(options: DecodeBudgetOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#reservedBytes = Math.floor(options.memoryBytes * RESERVED_SHARE);
    this.#queue = new DecodeQueue({ maxWaitMs: options.maxWaitMs, places: options.workers });
  }

  /** The most that one photo may cost. */
  get limits(): CostLimits {
    const memoryBytes = this.#options.memoryBytes - this.#reservedBytes;
    return { memoryBytes, cpuMs: this.#options.maxCpuMs };
  }

  /**
   * Takes a photo's share, at once or as soon as it fits.
   * @returns a function that returns the share; call it once, when the native work has ended
   * @throws ServiceError `decoding_too_costly` if it can never fit, `queue_full` if it would wait too long; or the signal's
   *   reason, if it is aborted before the photo's turn
   */
  acquire(cost: DecodeCost, place: DecodePlace, signal?: CancelSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      assertAffordable(cost, this.limits);
      const leave = (): void => {
        this.#queue.remove(ticket);
        this.#report();
        reject(signal!.reason as Error);
      };
      const ticket: DecodeTicket = {
        ...{ cost, place, isCheap: isCheap(cost, this.#reservedBytes) },
        start: () => {
          signal?.removeEventListener('abort', leave);
          resolve(this.#take(ticket));
        },
      };
      if (this.#hasRoom(ticket) && !this.#queue.isBehind(ticket)) {
        ticket.start();
        this.#report();
        return;
      }
      this.#queue.push(ticket, this.#clock.now());
      signal?.addEventListener('abort', leave);
      this.#report();
    });
  }

  #hasRoom({ cost, place, isCheap }: DecodeTicket): boolean {
    const { memoryBytes, workers } = this.#options;
    const allowed = isCheap ? memoryBytes : this.limits.memoryBytes;
    if (this.#usedBytes + cost.memoryBytes > allowed) return false;
    if (!isCheap && this.#expensive >= workers) return false;
    return this.#running[place] < (place === 'pool' ? POOL_THREADS : childrenFor(workers));
  }

  #take({ cost, place, isCheap }: DecodeTicket): () => void {
    this.#usedBytes += cost.memoryBytes;
    this.#running[place] += 1;
    if (!isCheap) this.#expensive += 1;
    return () => {
      this.#usedBytes -= cost.memoryBytes;
      this.#running[place] -= 1;
      if (!isCheap) this.#expensive -= 1;
      this.#startWaiting();
    };
  }

  #startWaiting(): void {
    this.#queue.startEach((ticket) => this.#hasRoom(ticket));
    this.#report();
  }

  #report(): void {
    const { waitingBytes } = this.#queue;
    this.#options.onChange?.({ usedBytes: this.#usedBytes, waitingBytes });
  }
}

/** Child processes for a number of workers: one more, which only cheap photos use. */
export function childrenFor(workers: number): number {
  return workers + 1;
}

/** @throws ServiceError `decoding_too_costly` that names the setting, what is needed and what is allowed */
export function assertAffordable(cost: DecodeCost, limits: CostLimits): void {
  const fault = memoryFault(cost, limits) ?? timeFault(cost, limits);
  if (fault === undefined) return;
  throw new ServiceError(
    'decoding_too_costly',
    `Decoding the image ${fault} Send a smaller image, or one of another format or coding.`,
  );
}

function memoryFault({ memoryBytes }: DecodeCost, limits: CostLimits): string | undefined {
  if (memoryBytes <= limits.memoryBytes) return undefined;
  return `needs about ${inMegabytes(memoryBytes)} of memory; DECODE_MEMORY_BYTES allows ${inMegabytes(limits.memoryBytes)} for one image.`;
}

function timeFault({ cpuMs }: DecodeCost, limits: CostLimits): string | undefined {
  if (cpuMs <= limits.cpuMs) return undefined;
  return `takes about ${cpuMs} ms; DECODE_MAX_MS allows ${limits.cpuMs} ms for one image.`;
}

function inMegabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
