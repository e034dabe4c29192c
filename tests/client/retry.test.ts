import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  FaceAgeClient,
  FaceAgeConnectionError,
  type FaceAgeClientOptions,
  type Photo,
} from '../../src/client/client.ts';
import { eventually } from '../support/eventually.ts';

const photo = new Uint8Array(4);
const answer = { model: {}, predictions: [{ index: 0 }], requestId: 'r' };

/** The responses to consecutive requests; the last one is repeated. */
let script: RequestListener[];
let requests: number;
let server: Server;

beforeEach(async () => {
  requests = 0;
  server = createServer((request, response) => {
    const step = script[Math.min(requests, script.length - 1)]!;
    requests += 1;
    request.resume().on('end', () => {
      step(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const ok: RequestListener = (_request, response) => {
  response.end(JSON.stringify(answer));
};
const refuse =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers).end(JSON.stringify({ code: 'queue_full', detail: 'full' }));
  };
const hangUp: RequestListener = (request) => request.socket.destroy();
const never: RequestListener = () => undefined;

const clientWith = (options: FaceAgeClientOptions = {}) =>
  new FaceAgeClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, options);

describe('a client retries', () => {
  it('after the time that the service requests', async () => {
    script = [refuse(429, { 'retry-after': '1' }), ok];
    const startMs = performance.now();
    expect((await clientWith().predict(photo)).requestId).toBe('r');
    expect(performance.now() - startMs).toBeGreaterThan(990);
    expect(requests).toBe(2);
  });

  it('at the date that the service gives', async () => {
    script = [refuse(503, { 'retry-after': new Date(Date.now() - 1000).toUTCString() }), ok];
    await clientWith().predict(photo);
    expect(requests).toBe(2);
  });

  it('soon, if the service gives no time or drops the connection', async () => {
    script = [refuse(503), hangUp, ok];
    await clientWith().predict(photo);
    expect(requests).toBe(3);
  });

  it('no more often than allowed', async () => {
    script = [refuse(503, { 'retry-after': '0' })];
    const error = { status: 503, code: 'queue_full', message: 'full', retryAfterMs: 0 };
    await expect(clientWith({ retries: 2 }).predict(photo)).rejects.toMatchObject(error);
    expect(requests).toBe(3);
  });

  it.each([
    ['it would take too long', refuse(429, { 'retry-after': '60' })],
    ['the request itself is wrong', refuse(400)],
    ['the server failed', refuse(500)],
  ])('not if %s', async (_why, step) => {
    script = [step];
    await expect(clientWith().predict(photo)).rejects.toMatchObject({ code: 'queue_full' });
    expect(requests).toBe(1);
  });
});

describe('a client gives up', () => {
  it('when aborted, while it waits for a response or a retry', async () => {
    for (const step of [never, refuse(503, { 'retry-after': '9' })]) {
      script = [step];
      const controller = new AbortController();
      const asking = clientWith().predict(photo, { signal: controller.signal });
      await eventually(() => expect(requests).toBeGreaterThan(0));
      controller.abort(new Error('enough'));
      await expect(asking).rejects.toThrow('enough');
      requests = 0;
    }
  });

  it('if there is no response in time', async () => {
    script = [never];
    const asking = clientWith({ timeoutMs: 50, retries: 1 }).predict(photo);
    await expect(asking).rejects.toThrow(new FaceAgeConnectionError('no answer within 50 ms'));
    expect(requests).toBe(2);
  });

  it('if it cannot connect, and says so', async () => {
    const client = new FaceAgeClient('http://127.0.0.1:1', { retries: 0 });
    await expect(client.predict(photo)).rejects.toThrow(FaceAgeConnectionError);
  });

  it('if a proxy answers with its own page', async () => {
    script = [(_request, response) => void response.writeHead(502).end('<h1>Bad Gateway</h1>')];
    const error = { status: 502, code: 'unknown', message: 'The service answered 502.' };
    await expect(clientWith().predict(photo)).rejects.toMatchObject(error);
  });
});

describe('a client of many photos', () => {
  it('limits concurrent requests, and reads photos as they are needed', async () => {
    let [now, most, read] = [0, 0, 0];
    script = [
      (_request, response) => {
        now += 1;
        most = Math.max(most, now);
        setTimeout(() => {
          now -= 1;
          response.end(JSON.stringify(answer));
        }, 5);
      },
    ];
    function* photos(): Generator<Photo> {
      for (; read < 12; read += 1) yield photo;
    }
    let taken = 0;
    for await (const { index, ok: isAnswered } of clientWith().predictAll(photos(), {
      concurrency: 3,
    })) {
      expect([index, isAnswered]).toEqual([taken, true]);
      expect(read - taken).toBeLessThanOrEqual(3);
      taken += 1;
    }
    expect([taken, most]).toEqual([12, 3]);
  });

  it('stops when the signal aborts', async () => {
    script = [ok];
    const controller = new AbortController();
    const outcomes = clientWith().predictAll([photo, photo, photo], {
      concurrency: 1,
      signal: controller.signal,
    });
    await outcomes.next();
    controller.abort(new Error('enough'));
    await expect(outcomes.next()).rejects.toThrow('enough');
  });

  it('sends the headers that identify clients', async () => {
    let seen: unknown;
    script = [
      (request, response) => {
        const { 'x-api-key': apiKey, 'x-client-key': clientKey } = request.headers;
        seen = { apiKey, clientKey };
        response.end(JSON.stringify(answer));
      },
    ];
    await clientWith({ apiKey: 'secret', clientKey: 'me' }).predict(photo);
    expect(seen).toEqual({ apiKey: 'secret', clientKey: 'me' });
  });
});
