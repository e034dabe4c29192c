import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The server cannot listen on its address; the message says why and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * Connections that may wait to be accepted, where the kernel allows this many. Clients retry overflowing connections after
 * one, three and seven seconds, which in a burst is worse than a refusal.
 */
const BACKLOG = 4096;

const reasons: Record<string, string> = {
  EADDRINUSE: 'the port is in use; stop what uses it or set PORT',
  EACCES: 'the port needs more rights; set PORT to 1024 or above',
  EADDRNOTAVAIL: 'this machine has no such address; set HOST',
  ENOTFOUND: 'the host name is not known; set HOST',
};

/**
 * @param port 0 for a free one
 * @returns where it listens, as a URL
 * @throws ListenError
 */
export async function listenOn(server: Server, host: string, port: number): Promise<string> {
  return `http://${host}:${await listen(server, host, port)}`;
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = reasons[error.code ?? ''] ?? error.message;
      reject(new ListenError(`cannot listen on ${host}:${port}: ${reason}`, { cause: error }));
    });
    server.listen({ port, host, backlog: BACKLOG }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}
