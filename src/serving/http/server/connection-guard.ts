import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { ServiceError, toProblem } from '../../../common/errors.ts';
import { dropBody } from './body-dropper.ts';

/** Requests that one connection may send without waiting for their answers (RFC 9112, 9.3.2). */
const MAX_PIPELINED = 32;

/** The unanswered requests of each connection. */
const unanswered = new WeakMap<Socket, number>();

/**
 * Refuses requests without a host and requests that name two, which proxies and servers may read differently (RFC 9112, 3.2),
 * and closes connections that send many requests without waiting for an answer.
 */
export function guardConnections(listener: RequestListener): RequestListener {
  return (request, response) => {
    const { socket } = request;
    const waiting = (unanswered.get(socket) ?? 0) + 1;
    if (waiting > MAX_PIPELINED) {
      socket.destroy();
      return;
    }
    unanswered.set(socket, waiting);
    response.once('close', () => unanswered.set(socket, unanswered.get(socket)! - 1));
    const fault = hostFault(request);
    if (fault === undefined) listener(request, response);
    else refuse(request, response, fault);
  };
}

/** HTTP/1.0 knows no Host header. */
function hostFault({ rawHeaders, httpVersion }: IncomingMessage): ServiceError | undefined {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1)
    return new ServiceError('malformed_request', 'The request has more than one Host header.');
  return hosts === 0 && httpVersion !== '1.0'
    ? new ServiceError('malformed_request', 'The request has no Host header.')
    : undefined;
}

/** Answers a request before it reaches the app, and closes its connection. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  fault: ServiceError,
): void {
  const problem = toProblem(fault, randomUUID());
  dropBody(request, response);
  response.writeHead(fault.status, {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'X-Request-Id': problem.requestId,
    Connection: 'close',
  });
  response.end(JSON.stringify(problem));
}
