import { randomUUID } from 'node:crypto';
import {
  IncomingMessage,
  ServerResponse,
  STATUS_CODES,
  createServer,
  type RequestListener,
  type Server,
} from 'node:http';
import type { Duplex } from 'node:stream';
import type { Express, Request, Response } from 'express';
import { ServiceError, toProblem } from '../../../common/errors.ts';
import { guardConnections, refuse } from './connection-guard.ts';
import { deferContinue } from '../upload/upload-limits.ts';

/** The classes that `createServer` instantiates for each request. */
export interface Messages {
  IncomingMessage: typeof IncomingMessage;
  ServerResponse: typeof ServerResponse;
}

/**
 * Requests and responses that have the app's prototypes from the start; call it once for an app. Otherwise Express
 * changes the prototype of each (expressjs/express#5998), and V8's scavenger keeps such objects alive with all that they
 * refer to: it copied twice as much (Node 20).
 */
export function messagesOf(app: Express): Messages {
  class AppRequest extends IncomingMessage {}
  class AppResponse<Sent extends IncomingMessage> extends ServerResponse<Sent> {}
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  app.request = AppRequest.prototype as Request;
  app.response = AppResponse.prototype as Response;
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}

/** Answers what the HTTP parser refuses. There is no request object then, only a connection to close. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = toProblem(toServiceError(error.code), randomUUID());
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${problem.requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function toServiceError(code: string | undefined): ServiceError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new ServiceError('request_timeout', 'The request did not arrive in time.');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new ServiceError('headers_too_large', 'The headers are too long.');
  }
  return new ServiceError('malformed_request', 'The request is not valid HTTP.');
}

/** Other expectations than `100-continue`, for which Node would answer without a body (RFC 9110, 10.1.1). */
function refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
  refuse(
    request,
    response,
    new ServiceError(
      'expectation_failed',
      'Only "Expect: 100-continue" is understood. Leave the header out.',
    ),
  );
}

export interface ServerTimeouts {
  /** Time limit for the headers; slower clients get 408. */
  headersTimeoutMs: number;
  /** Time limit for the whole request with its upload; slower clients get 408. */
  requestTimeoutMs: number;
  /** Longer than the 60 s after which common load balancers drop idle connections, so that they never use a closed one. */
  keepAliveTimeoutMs: number;
  /** How often the first two limits are checked. */
  checkIntervalMs: number;
  /** A connection on which nothing moves is closed after this time, such as that of a client that reads no answer. */
  inactivityTimeoutMs?: number;
}

/** Of the request line and all headers together; longer ones get 431. */
const MAX_HEADER_BYTES = 16_384;

const usualTimeouts: ServerTimeouts = {
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 65_000,
  checkIntervalMs: 5_000,
  inactivityTimeoutMs: 120_000,
};

export interface HttpServerOptions {
  timeouts?: ServerTimeouts;
  /** The classes of requests and responses; by default Node's own. */
  messages?: Partial<Messages>;
  /** Further connections are closed at once; no limit by default. */
  maxConnections?: number;
}

/** An HTTP server around the app; it does not listen yet. */
export function createHttpServer(
  listener: RequestListener,
  { timeouts = usualTimeouts, messages = {}, maxConnections }: HttpServerOptions = {},
): Server {
  const guarded = guardConnections(listener);
  const server = createServer(
    {
      ...messages,
      headersTimeout: timeouts.headersTimeoutMs,
      requestTimeout: timeouts.requestTimeoutMs,
      keepAliveTimeout: timeouts.keepAliveTimeoutMs,
      connectionsCheckingInterval: timeouts.checkIntervalMs,
      maxHeaderSize: MAX_HEADER_BYTES,
      // The guard answers such requests with a problem document; Node would answer without a body.
      requireHostHeader: false,
    },
    guarded,
  );
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  server.setTimeout(timeouts.inactivityTimeoutMs ?? 0);
  deferContinue(server, guarded);
  server.on('clientError', answerClientError);
  server.on('checkExpectation', refuseExpectation);
  return server;
}
