import { createServer, type RequestListener, type Server } from 'node:http';
import type { Messages } from './app-messages.ts';
import { answerClientError } from './client-error.ts';
import { deferContinue } from './expect-continue.ts';

export interface ServerTimeouts {
  /** Time for the headers; slower clients are cut off with 408. */
  headersTimeoutMs: number;
  /** Time for the whole request with its upload; as above. */
  requestTimeoutMs: number;
  /** Over the 60 s after which common load balancers drop an idle connection, so that they never meet a closed one. */
  keepAliveTimeoutMs: number;
  /** How often the first two are looked at. */
  checkIntervalMs: number;
}

const usualTimeouts: ServerTimeouts = {
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 65_000,
  checkIntervalMs: 5_000,
};

export interface HttpServerOptions {
  timeouts?: ServerTimeouts;
  /** What the listener wants its requests and responses to be; by default Node's own. */
  messages?: Partial<Messages>;
}

/** An HTTP server around the app; it does not listen yet. */
export function createHttpServer(
  listener: RequestListener,
  { timeouts = usualTimeouts, messages = {} }: HttpServerOptions = {},
): Server {
  const server = createServer(
    {
      ...messages,
      headersTimeout: timeouts.headersTimeoutMs,
      requestTimeout: timeouts.requestTimeoutMs,
      keepAliveTimeout: timeouts.keepAliveTimeoutMs,
      connectionsCheckingInterval: timeouts.checkIntervalMs,
    },
    listener,
  );
  deferContinue(server, listener);
  server.on('clientError', answerClientError);
  return server;
}
