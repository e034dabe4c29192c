import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Delivery,
  sendWebhook,
  signatureOf,
  type WebhookMessage,
} from '../../../src/learning/retrain/webhook.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const message: WebhookMessage = {
  id: 'run-1',
  type: 'retrain.promote',
  timestamp: '2026-11-25T12:00:00.000Z',
  data: { version: 4 },
};
const startMs = Date.parse('2026-11-25T12:00:05.900Z');

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

let server: Server;
let clock: ManualClock;
const received: Received[] = [];
/** The responses in order; the last one repeats. If empty, the server does not respond. */
let responses: { status: number; headers?: Record<string, string> }[];
beforeEach(async () => {
  clock = new ManualClock();
  received.length = 0;
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      const next = responses.length > 1 ? responses.shift() : responses[0];
      if (next !== undefined) response.writeHead(next.status, next.headers).end('thanks');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function send(options: { url?: string; signal?: AbortSignal } = {}): Promise<Delivery> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return sendWebhook(message, {
    url,
    secret,
    clock,
    nowMs: () => startMs + clock.now(),
    ...options,
  });
}

/** Advances the clock whenever the delivery only waits for time to pass. */
async function advanceUntilSettled(delivery: Promise<Delivery>): Promise<Delivery> {
  const state = { ended: false };
  void delivery.finally(() => (state.ended = true));
  for (;;) {
    const before = received.length;
    for (let turn = 0; turn < 20 && !state.ended; turn++)
      await new Promise((wait) => setTimeout(wait, 1));
    if (state.ended) return delivery;
    if (received.length === before) await clock.advance(500);
  }
}

describe('a webhook', () => {
  it('is signed as the specification requires', () => {
    const signature = signatureOf(
      secret,
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1614265330,
      '{"test": 2432232314}',
    );
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('is posted once if the receiver accepts it', async () => {
    responses = [{ status: 204 }];
    expect(await send()).toEqual({ delivered: true, attempts: 1 });
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    const { id, ...payload } = message;
    expect(JSON.parse(body)).toEqual(payload);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': '1795608005',
      'webhook-signature': signatureOf(secret, id, 1795608005, body),
    });
  });

  it('is retried with a new signature after 5xx and 429, and respects Retry-After', async () => {
    responses = [
      { status: 503 },
      { status: 429, headers: { 'retry-after': '20' } },
      { status: 200 },
    ];
    expect(await advanceUntilSettled(send())).toEqual({ delivered: true, attempts: 3 });
    const times = received.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(20);
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set(['run-1']),
    );
    expect(new Set(received.map(({ headers }) => headers['webhook-signature'])).size).toBe(3);
  });

  it('gives up after six attempts with growing delays', async () => {
    responses = [{ status: 500 }];
    expect(await advanceUntilSettled(send())).toEqual({
      delivered: false,
      attempts: 6,
      reason: 'the receiver responded with 500',
    });
    expect(received).toHaveLength(6);
    expect(clock.now()).toBeGreaterThan(0.75 * (1 + 2 + 4 + 8 + 16) * 1000);
  });

  it('is not retried after a 4xx or a redirect', async () => {
    for (const status of [400, 401, 410, 302]) {
      responses = [{ status, headers: { location: 'http://127.0.0.1:1/' } }];
      const delivery = await send();
      expect(delivery).toEqual({
        delivered: false,
        attempts: 1,
        reason: `the receiver responded with ${status}`,
      });
    }
  });

  it('is retried if the receiver does not respond in time', async () => {
    responses = [];
    const delivery = send();
    while (received.length === 0) await new Promise((wait) => setTimeout(wait, 1));
    responses = [{ status: 200 }];
    await clock.advance(10_000);
    expect(await advanceUntilSettled(delivery)).toEqual({ delivered: true, attempts: 2 });
  });

  it('reports why the connection failed', async () => {
    const delivery = await advanceUntilSettled(send({ url: 'http://127.0.0.1:1/' }));
    expect(delivery).toMatchObject({ delivered: false, attempts: 6 });
    expect(delivery).toMatchObject({
      reason: expect.stringMatching(/ECONNREFUSED|bad port/) as string,
    });
  });

  it('is abandoned when the run is stopped', async () => {
    responses = [{ status: 503 }];
    const stop = new AbortController();
    const delivery = send({ signal: stop.signal });
    while (received.length === 0) await new Promise((wait) => setTimeout(wait, 1));
    stop.abort();
    expect(await delivery).toMatchObject({ delivered: false });
    expect(received).toHaveLength(1);
  });
});
