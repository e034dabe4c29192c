import type { Clock } from '../../common/clock.ts';
import { ServiceError } from '../../common/errors.ts';

const MINUTE_MS = 60_000;

/**
 * Admits at most a number of requests within any minute. It is a sliding window, unlike the fixed one of
 * express-rate-limit, which admits twice the number around the end of a window.
 */
export class MinuteLimit {
  readonly #max: number;
  readonly #clock: Pick<Clock, 'now'>;
  /** When the admitted requests of the last minute were admitted, oldest first. */
  readonly #admittedAtMs: number[] = [];

  constructor(max: number, clock: Pick<Clock, 'now'>) {
    this.#max = max;
    this.#clock = clock;
  }

  /** The seconds until a request can be admitted; undefined where one can be now. */
  wait(): number | undefined {
    const nowMs = this.#clock.now();
    const admitted = this.#admittedAtMs;
    while (admitted.length > 0 && admitted[0]! + MINUTE_MS <= nowMs) admitted.shift();
    if (admitted.length < this.#max) return undefined;
    return Math.ceil((admitted[0]! + MINUTE_MS - nowMs) / 1000);
  }

  /** @returns undefined where the request is admitted, which counts it; else the seconds until one can be */
  pass(): number | undefined {
    const seconds = this.wait();
    if (seconds === undefined) this.#admittedAtMs.push(this.#clock.now());
    return seconds;
  }
}

/** How many requests, valid or not, a client may send for each record of its quota. */
const ATTEMPTS_PER_RECORD = 4;
/** How many clients have a quota of their own at the same time; beyond that, the one that was idle longest is dropped. */
const MOST_CLIENTS = 10_000;

interface ClientLimits {
  attempts: MinuteLimit;
  records: MinuteLimit;
}

/**
 * How much feedback each client may give in any minute. Only valid feedback uses up the quota, so that a client with a
 * fault in its requests can correct it at once; a larger limit bounds its attempts.
 */
export class FeedbackQuota {
  readonly #perMinute: number;
  readonly #clock: Pick<Clock, 'now'>;
  /** The client that was active last is the last one. */
  readonly #clients = new Map<string, ClientLimits>();

  /** @param perMinute records of one client */
  constructor(perMinute: number, clock: Pick<Clock, 'now'>) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /**
   * Admits a request before its body is read.
   * @throws ServiceError `rate_limited` where the client has used up its quota or its attempts
   */
  admit(client: string): void {
    const { attempts, records } = this.#limitsOf(client);
    refuseFor(records.wait() ?? attempts.pass());
  }

  /**
   * Counts a record that is valid and about to be stored.
   * @throws ServiceError `rate_limited` where the quota was used up since the request was admitted
   */
  charge(client: string): void {
    refuseFor(this.#limitsOf(client).records.pass());
  }

  #limitsOf(client: string): ClientLimits {
    const limits = this.#clients.get(client) ?? this.#newLimits();
    this.#clients.delete(client);
    this.#clients.set(client, limits);
    return limits;
  }

  #newLimits(): ClientLimits {
    if (this.#clients.size >= MOST_CLIENTS)
      this.#clients.delete(this.#clients.keys().next().value!);
    return {
      attempts: new MinuteLimit(this.#perMinute * ATTEMPTS_PER_RECORD, this.#clock),
      records: new MinuteLimit(this.#perMinute, this.#clock),
    };
  }
}

function refuseFor(retryAfterSeconds: number | undefined): void {
  if (retryAfterSeconds === undefined) return;
  const detail = `Too much feedback in the last minute. Try again in ${retryAfterSeconds} s.`;
  throw new ServiceError('rate_limited', detail, { retryAfterSeconds });
}
