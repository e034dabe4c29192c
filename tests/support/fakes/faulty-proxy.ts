import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The fault of a response. */
export type Fault =
  /** The proxy answers with this status without asking the server. */
  | { kind: 'refuse'; status: number }
  /** The server handles the request, but its response is lost. */
  | { kind: 'swallow' }
  /** The connection is closed in the middle of the body. */
  | { kind: 'cut'; afterBytes: number }
  /** No more data arrives, and the connection stays open. */
  | { kind: 'stall'; afterBytes: number }
  /** A byte arrives now and then. */
  | { kind: 'drip' };

export interface ProxiedRequest {
  method: string;
  /** The path with its query. */
  path: string;
  /** The status of the server's response; undefined until there is one. */
  status?: number;
}

/** An HTTP proxy in front of a server, on a free port of this machine. */
export interface FaultyProxy {
  readonly endpoint: string;
  /** The requests in order of arrival. */
  readonly requests: ProxiedRequest[];
  /** Chooses the fault of each request; none at first. */
  fault: (request: ProxiedRequest) => Fault | undefined;
  /** Closes all connections and the port. */
  close(): Promise<void>;
}

const DRIP_MS = 30;

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const server = createServer((incoming, outgoing) => {
    const seen: ProxiedRequest = { method: incoming.method ?? '', path: incoming.url ?? '' };
    proxy.requests.push(seen);
    const fault = proxy.fault(seen);
    if (fault?.kind === 'refuse') {
      incoming.resume();
      outgoing.writeHead(fault.status).end();
      return;
    }
    forward(target, incoming, (answer) => {
      seen.status = answer.statusCode ?? 0;
      void relay(answer, outgoing, fault).catch(() => outgoing.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultyProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    fault: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}

/** The Host header stays the client's, because it is signed. */
function forward(
  target: string,
  incoming: IncomingMessage,
  onAnswer: (answer: IncomingMessage) => void,
): void {
  const { method, url = '/', headers } = incoming;
  const asked = request(new URL(url, target), { method, headers, agent: false }, onAnswer);
  asked.on('error', () => incoming.destroy());
  incoming.pipe(asked);
}

async function relay(
  answer: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  if (fault?.kind === 'swallow') {
    await once(answer.resume(), 'end');
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
  if (fault === undefined || fault.kind === 'refuse') {
    answer.pipe(outgoing);
    return;
  }
  outgoing.flushHeaders();
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (fault.kind === 'drip') return drip(body, outgoing);
  outgoing.write(body.subarray(0, fault.afterBytes));
  if (fault.kind === 'cut') outgoing.socket?.end();
}

async function drip(body: Buffer, outgoing: ServerResponse): Promise<void> {
  for (let at = 0; at < body.length && !outgoing.destroyed; at++) {
    outgoing.write(body.subarray(at, at + 1));
    await sleep(DRIP_MS);
  }
  outgoing.end();
}
