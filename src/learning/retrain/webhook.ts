import { createHmac } from 'node:crypto';
import { backOffMs } from '../../common/back-off.ts';
import { systemClock, type Clock } from '../../common/clock.ts';
import { messageOf } from '../../common/errors.ts';

/** How an attempt to deliver something ended. */
export type Attempt =
  | { accepted: true }
  | {
      accepted: false;
      reason: string;
      /** Whether a later attempt may succeed. */
      retryable: boolean;
      /** The earliest time for the next attempt, if the receiver gave one. */
      retryAfterMs?: number;
    };

/** The result of a delivery. */
export type Delivery =
  { delivered: true; attempts: number } | { delivered: false; attempts: number; reason: string };

export interface RetryPolicy {
  /** Aborts the remaining attempts. */
  signal?: AbortSignal | undefined;
  clock?: Clock | undefined;
}

const ATTEMPTS = 6;
/** The jitter spreads the retries of clients that failed at the same time. */
const BACK_OFF = { minMs: 1000, maxMs: 30_000, jitter: 0.25 };

/** Retries an attempt with exponential backoff until it succeeds, fails permanently, or has failed six times. */
export async function withRetries(
  attempt: () => Promise<Attempt>,
  retryPolicy: RetryPolicy,
): Promise<Delivery> {
  for (let attempts = 1; ; attempts++) {
    const end = await attempt();
    if (end.accepted) return { delivered: true, attempts };
    const { reason, retryable, retryAfterMs } = end;
    if (retryable && attempts < ATTEMPTS) await pause(pauseMs(attempts, retryAfterMs), retryPolicy);
    if (!retryable || attempts === ATTEMPTS || retryPolicy.signal?.aborted === true)
      return { delivered: false, attempts, reason };
  }
}

function pauseMs(attempts: number, retryAfterMs: number | undefined): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, BACK_OFF.maxMs);
  return backOffMs(attempts, BACK_OFF);
}

/** Ends early if the signal aborts. */
function pause(ms: number, { clock = systemClock, signal }: RetryPolicy): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.after(ms, done);
    function done(): void {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
  });
}

/** The message of a webhook. */
export interface WebhookMessage {
  /** The same for every attempt to deliver one event, so that receivers can drop duplicates. */
  id: string;
  /** Dotted, such as `retrain.promote`. */
  type: string;
  /** When the event occurred. */
  timestamp: string;
  data: unknown;
}

export interface WebhookOptions extends RetryPolicy {
  url: string;
  /** `whsec_` and the key in base64. */
  secret: string;
  /** Wall-clock time. */
  nowMs?: () => number;
}

/** For the response to one attempt. */
const RESPONSE_TIMEOUT_MS = 10_000;

/**
 * Sends a message signed according to the Standard Webhooks specification 1.0.0. Retries transient failures (no
 * connection, no response in time, 5xx, 429), but no others. Never throws.
 */
export function sendWebhook(
  { id, ...message }: WebhookMessage,
  options: WebhookOptions,
): Promise<Delivery> {
  const body = JSON.stringify(message);
  return withRetries(() => post({ id, body }, options), options);
}

/**
 * The value of `webhook-signature`.
 * @param secret `whsec_` and the key in base64
 * @param seconds since 1970: the value of `webhook-timestamp`
 */
export function signatureOf(secret: string, id: string, seconds: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const digest = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return `v1,${digest}`;
}

async function post(
  { id, body }: { id: string; body: string },
  { url, secret, signal, clock = systemClock, nowMs = Date.now }: WebhookOptions,
): Promise<Attempt> {
  const seconds = Math.floor(nowMs() / 1000);
  const timeout = new AbortController();
  const cancel = clock.after(RESPONSE_TIMEOUT_MS, () =>
    timeout.abort(new Error('no response in time')),
  );
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': signatureOf(secret, id, seconds, body),
      },
      body,
      signal: signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, signal]),
    });
    await response.body?.cancel();
    return attemptOf(response);
  } catch (error) {
    return { accepted: false, reason: causeOf(error), retryable: true };
  } finally {
    cancel();
  }
}

function attemptOf({ ok, status, headers }: Response): Attempt {
  if (ok) return { accepted: true };
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return {
    accepted: false,
    reason: `the receiver responded with ${status}`,
    retryable: status >= 500 || status === 429,
    ...(seconds >= 0 && { retryAfterMs: seconds * 1000 }),
  };
}

/** The reason of a failed request; `fetch` reports connection errors only in the error's cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return messageOf(cause ?? error);
}
