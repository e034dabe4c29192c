import type { RequestListener, Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import {
  createHttpServer,
  type ServerTimeouts,
} from '../../src/serving/http/server/http-server.ts';

export interface ListeningServer {
  readonly server: Server;
  readonly port: number;
  close(): Promise<void>;
}

/** The app on a free port of this machine. */
export async function listen(
  app: RequestListener,
  timeouts?: ServerTimeouts,
): Promise<ListeningServer> {
  const server = createHttpServer(app, timeouts && { timeouts });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { server, port: (server.address() as AddressInfo).port, close };
}

/** Sends raw text over a new connection and returns everything received until the server closes it. */
export function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString('utf8')));
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}
