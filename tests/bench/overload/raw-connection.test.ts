import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { RawConnection, requestBytes } from '../../../bench/overload/raw-connection.ts';

const payload = { body: Buffer.from('a photo'), contentType: 'image/jpeg' };
let server: Server;
let connection: RawConnection;

interface Connected {
  ask: () => Promise<number>;
  closed: number;
}

async function connectTo(listener: RequestListener): Promise<Connected> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/predict`);
  const connected: Connected = {
    ask: () => new Promise((resolve) => connection.send(requestBytes(url, payload), resolve)),
    closed: 0,
  };
  connection = new RawConnection(url, 200, () => (connected.closed += 1));
  return connected;
}

afterEach(() => {
  connection.close();
  server.closeAllConnections();
  server.close();
});

it('posts the payload repeatedly over one connection', async () => {
  const seen: unknown[] = [];
  const { ask } = await connectTo((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers, socket } = request;
      const type = headers['content-type'];
      seen.push({
        method,
        url,
        type,
        body: Buffer.concat(chunks).toString(),
        from: socket.remotePort,
      });
      response.writeHead(seen.length === 1 ? 200 : 429, { 'Content-Length': 2 }).end('{}');
    });
  });
  expect([await ask(), await ask()]).toEqual([200, 429]);
  expect(seen[0]).toMatchObject({ method: 'POST', url: '/v1/predict', type: 'image/jpeg' });
  expect(seen[0]).toMatchObject({ body: 'a photo' });
  expect(seen[1]).toEqual(seen[0]);
});

it('waits for the end of an answer that arrives in parts', async () => {
  let finish = (): void => undefined;
  const { ask } = await connectTo((_request, response) => {
    response.writeHead(503, { 'Content-Length': 4 });
    response.write('ab');
    finish = () => response.end('cd');
  });
  let status: number | undefined;
  const asked = ask().then((answered) => (status = answered));
  await new Promise((resolve) => server.once('request', resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(status).toBeUndefined();
  finish();
  expect(await asked).toBe(503);
});

it('reports 0 for a broken and for a silent connection, and that the connection is closed', async () => {
  const broken = await connectTo((request) => request.socket.destroy());
  expect(await broken.ask()).toBe(0);
  expect(broken.closed).toBe(1);
  server.close();
  const silent = await connectTo(() => undefined);
  expect(await silent.ask()).toBe(0);
  expect(silent.closed).toBe(1);
});
