import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dropBody } from '../../../../src/serving/http/server/body-dropper.ts';

const LARGE = 8_000_000;

describe('the bodies of refused requests', () => {
  let server: Server;
  let port: number;
  beforeEach(async () => {
    server = createServer((request, response) => {
      dropBody(request, response);
      response.statusCode = 503;
      response.end('full');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function open(): Promise<{ socket: Socket; answers: () => number }> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    return { socket, answers: () => text.split('HTTP/1.1 503').length - 1 };
  }

  const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${LARGE}\r\n\r\n`;

  it(
    'are read to their end, and each connection serves the next request',
    { timeout: 30_000 },
    async () => {
      const clients = await Promise.all(Array.from({ length: 20 }, open));
      for (let round = 1; round <= 2; round += 1) {
        const body = Buffer.alloc(LARGE);
        const sent = clients.map(({ socket }) => {
          socket.write(head);
          return new Promise<void>((resolve) => socket.write(body, () => resolve()));
        });
        await Promise.all(sent);
        await expect
          .poll(() => clients.map(({ answers }) => answers()), { timeout: 10_000 })
          .toEqual(clients.map(() => round));
      }
      for (const { socket } of clients) socket.destroy();
    },
  );

  it('of clients that send nothing do not keep others waiting, nor the event loop busy', async () => {
    const silent = await Promise.all(Array.from({ length: 10 }, open));
    for (const { socket } of silent) socket.write(head);
    await expect.poll(() => silent.every(({ answers }) => answers() === 1)).toBe(true);
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(400);
    const { socket, answers } = await open();
    socket.write(head);
    await new Promise<void>((resolve) => socket.write(Buffer.alloc(LARGE), () => resolve()));
    await expect.poll(answers).toBe(1);
    for (const each of [...silent.map((one) => one.socket), socket]) each.destroy();
  });
});
