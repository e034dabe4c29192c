import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deferred } from '../../support/fakes/deferred.ts';
import { eventually } from '../../support/eventually.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { exchange, listen, type ListeningServer } from '../../support/listening.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const MB = 1_000_000;
const FORM = 'multipart/form-data; boundary=b';
let service: TestService;
let server: ListeningServer;
const sockets: Socket[] = [];

beforeEach(async () => {
  service = await createTestService({
    limits: { uploadMaxBytes: 10 * MB, requestMaxBytes: 32 * MB },
    settings: { UPLOAD_MEMORY_BYTES: 40 * MB },
  });
  server = await listen(service.app);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
  await service.close();
});

function headOf(type: string, length: number | undefined, path = '/v1/predict'): string {
  const size = length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\n${size}\r\n`;
}

/** Sends the beginning of a body and keeps the connection open. */
function begin(type: string, length: number, start: Buffer | string, path?: string): Socket {
  const socket = connect(server.port, '127.0.0.1', () => {
    socket.write(`${headOf(type, length, path)}\r\n`);
    socket.write(start);
  });
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

/** Takes memory as an upload does that has arrived, and which therefore is not slow. */
function hold(bytes: number): ServerResponse {
  const response = new EventEmitter() as unknown as ServerResponse;
  const headers = { 'content-length': String(bytes) };
  const request = { headers, socket: { bytesRead: 0 } } as unknown as IncomingMessage;
  service.uploads.open(request, response);
  return response;
}

const refused = (type: string, path?: string) =>
  exchange(server.port, `${headOf(type, 20 * MB, path)}Expect: 100-continue\r\n\r\n`);

describe('a server whose memory for uploads is taken', () => {
  it.each([
    [FORM, '/v1/predict'],
    ['application/json', '/v1/predict'],
    ['application/json', '/v2/models/face-age/infer'],
  ])(
    'refuses a large %s of %s before it is read, and says when to come back',
    async (type, path) => {
      hold(20 * MB);
      const answer = await refused(type, path);
      expect(answer).toMatch(/^HTTP\/1\.1 503 /);
      expect(answer).toMatch(/^Retry-After: 1\r$/m);
      expect(answer).toContain('uploads_full');
      expect(answer).not.toContain('100 Continue');
    },
  );

  it('answers a client that sends on and wants the connection closed', async () => {
    hold(20 * MB);
    const head = headOf(FORM, 20 * MB).replace('Host: x', 'Host: x\r\nConnection: close');
    const answer = await exchange(server.port, `${head}\r\n${'x'.repeat(20 * MB)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  });

  it('still answers small photos, and large ones after it is returned', async () => {
    const holding = hold(20 * MB);
    const url = `http://127.0.0.1:${server.port}/v1/predict`;
    const photo = new Uint8Array(await grayJpeg(100));
    const init = { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body: photo };
    expect((await fetch(url, init)).status).toBe(200);
    holding.emit('close');
    expect(service.uploads.bytes).toBe(0);
    begin(FORM, 20 * MB, 'x');
    await eventually(() => expect(service.uploads.bytes).toBe(20 * MB));
  });

  it.each([FORM, 'application/json', 'image/jpeg'])(
    'refuses a %s without a length where it grows beyond the room',
    async (type) => {
      hold(25 * MB);
      const head = '--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n';
      const body = Buffer.concat([Buffer.from(head), Buffer.alloc(9 * MB, 'a')]);
      const answer = await fetch(`http://127.0.0.1:${server.port}/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: new Blob([new Uint8Array(body)]).stream(),
        duplex: 'half',
      });
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: 'uploads_full' });
      await eventually(() => expect(service.uploads.bytes).toBe(25 * MB));
    },
  );
});

it('the bytes of a photo are held while it waits, and returned when its client leaves', async () => {
  const gate = deferred();
  service.engine.beforeRun = () => gate.promise;
  const photo = await grayJpeg(100);
  const socket = begin('image/jpeg', photo.length, photo);
  await eventually(() => expect(service.manager.status.current?.inFlight).toBe(1));
  expect(service.uploads.bytes).toBe(photo.length);
  socket.destroy();
  await eventually(() => expect(service.uploads.bytes).toBe(0));
  gate.resolve();
});

describe('a connection', () => {
  it('that names two hosts is refused and closed', async () => {
    const answer = await exchange(
      server.port,
      'GET /healthz HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('more than one Host header');
  });

  it('may pipeline some requests but not many', async () => {
    const request = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';
    const last = 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const few = await exchange(server.port, request.repeat(9) + last);
    expect(few.match(/HTTP\/1\.1 200/g)).toHaveLength(10);
    const slow = 'GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n';
    const many = await exchange(server.port, slow.repeat(1000)).catch(() => '');
    expect(many.match(/HTTP\/1\.1 200/g) ?? []).toHaveLength(0);
  });
});
