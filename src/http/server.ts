import { createServer, type RequestListener, type Server } from 'node:http';
import { answerClientError } from './client-error.ts';
import { deferContinue } from './expect-continue.ts';

/** Time for the headers, and for the whole request with its upload. Slower clients are cut off with 408. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Over the 60 s after which common load balancers drop an idle connection, so that they never meet a closed one. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** An HTTP server around the app; it does not listen yet. */
export function createHttpServer(listener: RequestListener): Server {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
    },
    listener,
  );
  deferContinue(server, listener);
  server.on('clientError', answerClientError);
  return server;
}
