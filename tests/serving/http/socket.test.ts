import { once } from 'node:events';
import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { grayJpeg } from '../../support/gray-photo.ts';
import { exchange, listen, type ListeningServer } from '../../support/listening.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const FIFTY_MB = 50_000_000;
let service: TestService;
let listening: ListeningServer;
let photo: Buffer;

beforeAll(async () => {
  service = await createTestService({
    limits: { uploadMaxBytes: 10_000_000, requestMaxBytes: 32_000_000 },
  });
  photo = await grayJpeg(100);
  listening = await listen(service.app);
});
afterAll(async () => {
  const { status } = await send({ headers: { 'Content-Type': 'image/jpeg' } }, photo);
  expect(status).toBe(200);
  await listening.close();
  await service.close();
});

interface Answer {
  status: number | undefined;
  code: unknown;
  /** Whether the server asked for the body before it answered. */
  invited: boolean;
}

/** Sends the whole body before it reads the answer, as simple clients do. */
async function send(options: RequestOptions, body: Buffer): Promise<Answer> {
  const { port } = listening;
  const sent = httpRequest({ port, path: '/v1/predict', method: 'POST', ...options });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  let invited = false;
  sent.on('continue', () => {
    invited = true;
    sent.end(body);
  });
  if (options.headers !== undefined && 'Expect' in options.headers) sent.flushHeaders();
  else await new Promise<void>((resolve) => sent.end(body, resolve));
  const [response] = await answered;
  const { code } = JSON.parse(await text(response)) as { code?: string };
  return { status: response.statusCode, code, invited };
}

describe('a body of 50 MB', () => {
  const body = Buffer.alloc(FIFTY_MB);
  const multipart = Buffer.concat([
    Buffer.from('--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'),
    body,
    Buffer.from('\r\n--b--\r\n'),
  ]);

  it.each([
    ['a declared image', { 'Content-Type': 'image/jpeg', 'Content-Length': FIFTY_MB }, body],
    ['a chunked image', { 'Content-Type': 'image/jpeg', 'Transfer-Encoding': 'chunked' }, body],
    [
      'a declared form',
      { 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': multipart.length },
      multipart,
    ],
    [
      'a chunked form',
      { 'Content-Type': 'multipart/form-data; boundary=b', 'Transfer-Encoding': 'chunked' },
      multipart,
    ],
    ['chunked JSON', { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }, body],
  ])(
    'is answered with 413 as %s, to a client that sends on regardless',
    async (_form, headers, sent) => {
      const { status, code } = await send({ headers }, sent);
      expect(status).toBe(413);
      expect(code).toMatch(/^(image|request)_too_large$/);
    },
  );

  it('is refused unread when the client asks first', async () => {
    const headers = {
      'Content-Type': 'image/jpeg',
      'Content-Length': FIFTY_MB,
      Expect: '100-continue',
    };
    expect(await send({ headers }, body)).toEqual({
      status: 413,
      code: 'request_too_large',
      invited: false,
    });
  });
});

describe('a client that asks before it sends', () => {
  it('is invited when its request is fine', async () => {
    const headers = {
      'Content-Type': 'image/jpeg',
      'Content-Length': photo.length,
      Expect: '100-continue',
    };
    expect(await send({ headers }, photo)).toMatchObject({ status: 200, invited: true });
  });
});

describe('a client that does not speak HTTP', () => {
  it('gets a problem document and a closed connection', async () => {
    const answer = await exchange(listening.port, 'hello\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"malformed_request"');
  });

  it('gets an error when its headers are too long', async () => {
    const answer = await exchange(
      listening.port,
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('"code":"headers_too_large"');
  });
});

describe('a client that is too slow', () => {
  it('is answered with 408 when its upload does not arrive', async () => {
    const slow = await listen(service.app, {
      headersTimeoutMs: 50,
      requestTimeoutMs: 100,
      keepAliveTimeoutMs: 1000,
      checkIntervalMs: 20,
    });
    const head = 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n';
    const answer = await exchange(slow.port, `${head}Content-Length: 1000\r\n\r\nabc`);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"request_timeout"');
    await slow.close();
  });
});

describe('a form that arrives in pieces', () => {
  const headers = { 'Content-Type': 'multipart/form-data; boundary=edge' };
  const form = () =>
    Buffer.concat([
      Buffer.from(
        '--edge\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n',
      ),
      photo,
      Buffer.from('\r\n--edge--\r\n'),
    ]);

  it('is answered as if it had arrived in one piece', async () => {
    const body = form();
    const { port } = listening;
    const sent = httpRequest({
      port,
      path: '/v1/predict',
      method: 'POST',
      headers: { ...headers, 'Content-Length': body.length },
    });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    const [half, rest] = [body.subarray(0, 200), body.subarray(200)];
    const arrived = once(listening.server, 'request') as Promise<[IncomingMessage]>;
    sent.write(half);
    const [received] = await arrived;
    await vi.waitUntil(() => received.readableFlowing === true);
    sent.end(rest);
    const [response] = await answered;
    expect(response.statusCode).toBe(200);
    expect(await text(response)).toContain('"filename":"a.jpg"');
  });

  it('leaves the connection usable when it arrives in one piece', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const answers = [];
    for (let round = 0; round < 3; round += 1) {
      answers.push((await send({ headers, agent }, form())).status);
    }
    expect(answers).toEqual([200, 200, 200]);
    agent.destroy();
  });
});
