import { performance } from 'node:perf_hooks';
import { ipKeyGenerator } from 'express-rate-limit';
import { ServiceError } from '../../../common/errors.ts';

const WINDOW_MS = 60_000;
/** Refusals of one address in a minute that say that the key is wrong; further ones only say to wait. */
const MAX_REFUSALS = 10;
/** Addresses that are counted; beyond, the one counted longest is forgotten. */
const MAX_ADDRESSES = 10_000;

/** Counts the wrong keys and tokens of each address (with IPv6 of each network). Right ones are not affected. */
export class RefusedKeys {
  /** In the order of their windows. */
  readonly #windows = new Map<string, { refusals: number; endsAtMs: number }>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The number of addresses that it remembers. */
  get size(): number {
    return this.#windows.size;
  }

  /**
   * Counts a wrong key.
   * @throws ServiceError `rate_limited` where the address has sent too many
   */
  count(ip: string | undefined): void {
    const address = ipKeyGenerator(ip ?? '');
    const nowMs = this.#now();
    const window = this.#windowOf(address, nowMs);
    window.refusals += 1;
    if (window.refusals <= MAX_REFUSALS) return;
    const retryAfterSeconds = Math.max(1, Math.ceil((window.endsAtMs - nowMs) / 1000));
    const detail = `Too many wrong keys have come from this address. Try again in ${retryAfterSeconds} s.`;
    throw new ServiceError('rate_limited', detail, { retryAfterSeconds });
  }

  #windowOf(address: string, nowMs: number) {
    const known = this.#windows.get(address);
    if (known !== undefined && nowMs < known.endsAtMs) return known;
    this.#windows.delete(address);
    const oldest = this.#windows.keys().next();
    if (this.#windows.size >= MAX_ADDRESSES && oldest.done !== true)
      this.#windows.delete(oldest.value);
    const window = { refusals: 0, endsAtMs: nowMs + WINDOW_MS };
    this.#windows.set(address, window);
    return window;
  }
}
