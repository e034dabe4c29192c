import { createHmac } from 'node:crypto';
import { systemClock, type Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { backOffMs } from '../lifecycle/back-off.ts';

/** What a webhook is told. */
export interface WebhookMessage {
  /** The same for each attempt, and for each attempt of a run that was interrupted: receivers drop what they know. */
  id: string;
  /** Dotted, such as `retrain.promote`. */
  type: string;
  /** When it happened. */
  timestamp: string;
  data: unknown;
}

export interface WebhookOptions {
  url: string;
  /** `whsec_` and the key in base64. */
  secret: string;
  /** Gives up. */
  signal?: AbortSignal;
  clock?: Clock;
  /** Wall-clock time. */
  nowMs?: () => number;
}

/** What became of a message. */
export type Delivery =
  { delivered: true; attempts: number } | { delivered: false; attempts: number; reason: string };

const ATTEMPTS = 6;
/** For an answer to one attempt. */
const ANSWER_TIMEOUT_MS = 10_000;
const backOff = { minMs: 1000, maxMs: 30_000 };

/**
 * Sends a message signed as the Standard Webhooks specification 1.0.0 says, until it is taken. What may pass (no
 * connection, no answer in time, 5xx, 429) is tried again with growing pauses; anything else is not. Never throws.
 */
export async function sendWebhook(
  { id, ...message }: WebhookMessage,
  options: WebhookOptions,
): Promise<Delivery> {
  const body = JSON.stringify(message);
  for (let attempts = 1; ; attempts++) {
    const answer = await post({ id, body }, options);
    if (answer.taken) return { delivered: true, attempts };
    const { reason, mayPass, retryAfterMs } = answer;
    if (mayPass && attempts < ATTEMPTS)
      await pause(retryAfterMs ?? jittered(backOffMs(attempts, backOff)), options);
    if (!mayPass || attempts === ATTEMPTS || options.signal?.aborted === true)
      return { delivered: false, attempts, reason };
  }
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

type Answer =
  { taken: true } | { taken: false; reason: string; mayPass: boolean; retryAfterMs?: number };

async function post(
  { id, body }: { id: string; body: string },
  { url, secret, signal, clock = systemClock, nowMs = Date.now }: WebhookOptions,
): Promise<Answer> {
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
    return answerOf(response);
  } catch (error) {
    return { taken: false, reason: faultOf(error), mayPass: true };
  } finally {
    cancel();
  }
}

function answerOf({ ok, status, headers }: Response): Answer {
  if (ok) return { taken: true };
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return {
    taken: false,
    reason: `it answered ${status}`,
    mayPass: status >= 500 || status === 429,
    ...(seconds >= 0 && { retryAfterMs: Math.min(seconds * 1000, backOff.maxMs) }),
  };
}

/** `fetch` tells of the connection only in the cause. */
function faultOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return messageOf(cause ?? error);
}

function jittered(ms: number): number {
  return ms * (0.75 + Math.random() / 2);
}

/** Ends early where the signal aborts. */
function pause(ms: number, { clock = systemClock, signal }: WebhookOptions): Promise<void> {
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
