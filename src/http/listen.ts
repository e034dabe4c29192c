import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The server cannot have its address; the message says why and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

const reasons: Record<string, string> = {
  EADDRINUSE: 'the port is in use; stop what uses it or set PORT',
  EACCES: 'the port needs more rights; set PORT to 1024 or above',
  EADDRNOTAVAIL: 'this machine has no such address; set HOST',
  ENOTFOUND: 'the host name is not known; set HOST',
};

/**
 * @returns the port it listens on, which for port 0 is a free one.
 * @throws ListenError
 */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = reasons[error.code ?? ''] ?? error.message;
      reject(new ListenError(`cannot listen on ${host}:${port}: ${reason}`, { cause: error }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
