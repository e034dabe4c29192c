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
  /** A lease that is not renewed for this long may be taken by anyone. */
  ttlMs: number;
  /**
   * Wall-clock time. If the clocks of two machines differ, a lease may be taken early by the difference; its holder then
   * finds that it is lost.
   */
  nowMs?: () => number;
  /** Whether a holder is known to have ended, so that its lease can be taken before it expires. */
  isGone?: (holder: LeaseHolder) => boolean;
}

/** Another process holds the lease; the message says which one and until when. */
export class LeaseHeldError extends Error {
  override readonly name = 'LeaseHeldError';
  readonly record: LeaseRecord;

  constructor(record: LeaseRecord) {
    super(describeLease(record));
    this.record = record;
  }
}

/** The lease is no longer held: work under it must stop. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** How many conflicting writes an acquisition tolerates before it gives up. */
const MAX_LOST_RACES = 5;

/**
 * A lock in a store that needs only conditional writes. It has one holder at a time and expires by itself some time after
 * its holder has ended. A holder calls `renew` right before any step that only the holder may take; because some time
 * passes between the two, that step should itself be a conditional write.
 */
export class Lease {
  readonly #store: WritableStore;
  readonly #options: LeaseOptions;
  #record: LeaseRecord;
  #etag: string;

  private constructor(store: WritableStore, options: LeaseOptions, written: StoredLease) {
    this.#store = store;
    this.#options = options;
    this.#record = written.record;
    this.#etag = written.etag;
  }

  /** @throws LeaseHeldError if another process holds it; StorageError */
  static async acquire(store: WritableStore, options: LeaseOptions): Promise<Lease> {
    for (let lost = 0; ; lost++) {
      const before = await read(store, options.key);
      if (before !== undefined && isHeld(before.record, options))
        throw new LeaseHeldError(before.record);
      const record = nextRecord(options, before?.record);
      const condition = before === undefined ? { ifAbsent: true as const } : ifMatch(before);
      try {
        const etag = await store.put(options.key, formatLease(record), condition);
        return new Lease(store, options, { record, etag });
      } catch (error) {
        if (!(error instanceof PreconditionFailedError) || lost >= MAX_LOST_RACES) throw error;
      }
    }
  }

  get record(): LeaseRecord {
    return this.#record;
  }

  /**
   * Verifies that the lease is still held and extends it. An expired lease that nobody has taken is still held.
   * @throws LeaseLostError if it is not held; StorageError if the store fails
   */
  async renew(): Promise<void> {
    await this.#write({ ...this.#record, expiresAt: expiryOf(this.#options) });
  }

  /**
   * Releases the lease; does nothing if it is no longer held.
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
      this.#etag = await this.#store.put(key, text, { ifMatch: this.#etag });
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
      // An earlier write of this holder may have succeeded although its response was lost.
      const found = await read(this.#store, key);
      if (found?.record.token !== record.token) throw lostTo(found?.record);
      this.#etag = await this.#store.put(key, text, ifMatch(found));
    }
    this.#record = record;
  }
}

interface StoredLease {
  record: LeaseRecord;
  etag: string;
}

const ifMatch = ({ etag }: StoredLease) => ({ ifMatch: etag });

async function read(store: WritableStore, key: string): Promise<StoredLease | undefined> {
  const found = await store.readIfChanged(key);
  if (found.outcome !== 'found') return undefined;
  const record = parseLease(found.bytes.toString('utf8'), `${store.location}/${key}`);
  return { record, etag: found.etag };
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
