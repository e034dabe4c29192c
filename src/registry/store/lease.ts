import { randomUUID } from 'node:crypto';
import {
  describeLease,
  formatLease,
  parseLease,
  type LeaseHolder,
  type LeaseRecord,
} from './lease-record.ts';
import { PreconditionFailedError, type WritableStore } from './object-store.ts';

export interface LeaseOptions {
  key: string;
  holder: LeaseHolder;
  /** A lease that is not renewed for so long is anybody's. */
  ttlMs: number;
  /**
   * Wall-clock time. Where the clocks of two machines differ, a lease may be taken that much too early; its holder
   * then finds it lost.
   */
  nowMs?: () => number;
  /** Whether a holder is known to be gone, so that its lease is taken before it expires. */
  isGone?: (holder: LeaseHolder) => boolean;
}

/** Another holds the lease; the message says who, and until when. */
export class LeaseHeldError extends Error {
  override readonly name = 'LeaseHeldError';
  readonly record: LeaseRecord;

  constructor(record: LeaseRecord) {
    super(describeLease(record));
    this.record = record;
  }
}

/** The lease is another's now, or nobody's: what was done under it must not be finished. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** Contenders who come first, before one gives up. */
const MAX_LOST_RACES = 5;

/**
 * A lock in a store, by conditional writes alone: one holder at a time, and free by itself some time after a holder
 * that is gone. A holder asks by `renew` right before anything that only one may do; as moments lie between the two,
 * the deed should be a conditional write itself.
 */
export class Lease {
  readonly #store: WritableStore;
  readonly #options: LeaseOptions;
  #record: LeaseRecord;
  #stamp: string;

  private constructor(store: WritableStore, options: LeaseOptions, written: Stamped) {
    this.#store = store;
    this.#options = options;
    this.#record = written.record;
    this.#stamp = written.stamp;
  }

  /** @throws LeaseHeldError where another holds it; StorageError */
  static async acquire(store: WritableStore, options: LeaseOptions): Promise<Lease> {
    for (let lost = 0; ; lost++) {
      const before = await read(store, options.key);
      if (before !== undefined && isHeld(before.record, options))
        throw new LeaseHeldError(before.record);
      const record = nextRecord(options, before?.record);
      const condition = before === undefined ? { ifAbsent: true as const } : ifMatch(before);
      try {
        const stamp = await store.put(options.key, formatLease(record), condition);
        return new Lease(store, options, { record, stamp });
      } catch (error) {
        if (!(error instanceof PreconditionFailedError) || lost >= MAX_LOST_RACES) throw error;
      }
    }
  }

  get record(): LeaseRecord {
    return this.#record;
  }

  /**
   * Makes sure that it is still this holder's and puts its expiry off. A lease that has expired and was not taken
   * meanwhile is still this holder's.
   * @throws LeaseLostError where it is not; StorageError where the store does not answer
   */
  async renew(): Promise<void> {
    await this.#write({ ...this.#record, expiresAt: expiryOf(this.#options) });
  }

  /**
   * Lets it go. Where it is not this holder's any more, nothing is done.
   * @throws StorageError
   */
  async release(): Promise<void> {
    const expiresAt = isoOf(nowOf(this.#options));
    await this.#write({ ...this.#record, expiresAt, released: true }).catch((error: unknown) => {
      if (!(error instanceof LeaseLostError)) throw error;
    });
  }

  async #write(record: LeaseRecord): Promise<void> {
    const { key } = this.#options;
    const text = formatLease(record);
    try {
      this.#stamp = await this.#store.put(key, text, { ifMatch: this.#stamp });
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
      // An earlier write of this holder may have been done unheard.
      const found = await read(this.#store, key);
      if (found?.record.token !== record.token) throw lostTo(found?.record);
      this.#stamp = await this.#store.put(key, text, ifMatch(found));
    }
    this.#record = record;
  }
}

interface Stamped {
  record: LeaseRecord;
  stamp: string;
}

const ifMatch = ({ stamp }: Stamped) => ({ ifMatch: stamp });

async function read(store: WritableStore, key: string): Promise<Stamped | undefined> {
  const found = await store.readIfChanged(key);
  if (found.outcome !== 'found') return undefined;
  const record = parseLease(found.bytes.toString('utf8'), `${store.location}/${key}`);
  return { record, stamp: found.stamp };
}

function isHeld({ holder, expiresAt, released }: LeaseRecord, options: LeaseOptions): boolean {
  if (released || Date.parse(expiresAt) <= nowOf(options)) return false;
  return options.isGone?.(holder) !== true;
}

function nextRecord(options: LeaseOptions, before: LeaseRecord | undefined): LeaseRecord {
  return {
    holder: options.holder,
    token: randomUUID(),
    fence: (before?.fence ?? 0) + 1,
    acquiredAt: isoOf(nowOf(options)),
    expiresAt: expiryOf(options),
    released: false,
  };
}

function lostTo(record: LeaseRecord | undefined): LeaseLostError {
  const whose = record === undefined ? 'it was removed' : describeLease(record);
  return new LeaseLostError(`the lock was lost: ${whose}`);
}

function nowOf({ nowMs = Date.now }: LeaseOptions): number {
  return nowMs();
}

function expiryOf(options: LeaseOptions): string {
  return isoOf(nowOf(options) + options.ttlMs);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
