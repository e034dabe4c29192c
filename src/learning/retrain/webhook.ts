import { createHmac } from 'node:crypto';
import { backOffMs } from '../../common/back-off.ts';
import { systemClock, type Clock } from '../../common/clock.ts';
import { messageOf } from '../../common/errors.ts';

/** How an attempt to deliver something ended. */
export type Attempt =
  | { taken: true }
  | {
      taken: false;
      reason: string;
      /** Whether it may do at another time. */
      mayPass: boolean;
      /** At the earliest, where the receiver says so. */
      retryAfterMs?: number;
    };

/** What became of something that was to be delivered. */
export type Delivery =
  { delivered: true; attempts: number } | { delivered: false; attempts: number; reason: string };

export interface RetryPolicy {
  /** Gives up. */
  signal?: AbortSignal | undefined;
  clock?: Clock | undefined;
}

const ATTEMPTS = 6;
/** The jitter keeps clients that were refused together from returning together. */
const BACK_OFF = { minMs: 1000, maxMs: 30_000, jitter: 0.25 };

/** Makes attempts until one is taken, with growing pauses, as long as there is hope: up to six, half a minute in all. */
export async function tryAgain(
  attempt: () => Promise<Attempt>,
  retryPolicy: RetryPolicy,
): Promise<Delivery> {
  for (let attempts = 1; ; attempts++) {
    const end = await attempt();
    if (end.taken) return { delivered: true, attempts };
    const { reason, mayPass, retryAfterMs } = end;
    if (mayPass && attempts < ATTEMPTS) await pause(pauseMs(attempts, retryAfterMs), retryPolicy);
    if (!mayPass || attempts === ATTEMPTS || retryPolicy.signal?.aborted === true)
      return { delivered: false, attempts, reason };
  }
}

function pauseMs(attempts: number, retryAfterMs: number | undefined): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, BACK_OFF.maxMs);
  return backOffMs(attempts, BACK_OFF);
}

/** Ends early where the signal aborts. */
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

/** What a webhook is told. */
export interface WebhookMessage {
  /** The same for every attempt to tell of one thing: receivers drop what they know. */
  id: string;
  /** Dotted, such as `retrain.promote`. */
  type: string;
  /** When it happened. */
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

/** For an answer to one attempt. */
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Sends a message signed as the Standard Webhooks specification 1.0.0 says, until it is taken. What may pass (no
 * connection, no answer in time, 5xx, 429) is tried again; anything else is not. Never throws.
 */
export function sendWebhook(
  { id, ...message }: WebhookMessage,
  options: WebhookOptions,
): Promise<Delivery> {
  const body = JSON.stringify(message);
  return tryAgain(() => post({ id, body }, options), options);
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
  const late = new AbortController();
  const cancel = clock.after(ANSWER_TIMEOUT_MS, () => late.abort(new Error('no answer in time')));
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
      signal: signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]),
    });
    await response.body?.cancel();
    return attemptOf(response);
  } catch (error) {
    return { taken: false, reason: faultOf(error), mayPass: true };
  } finally {
    cancel();
  }
}

function attemptOf({ ok, status, headers }: Response): Attempt {
  if (ok) return { taken: true };
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return {
    taken: false,
    reason: `it answered ${status}`,
    mayPass: status >= 500 || status === 429,
    ...(seconds >= 0 && { retryAfterMs: seconds * 1000 }),
  };
}

/** `fetch` tells of the connection only in the cause. */
function faultOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return messageOf(cause ?? error);
}
