import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';

/** Requests whose client waits for `100 Continue` before it sends the body (RFC 9110, 10.1.1). */
const waiting = new WeakSet<IncomingMessage>();

/** Lets the routes decide whether they want the body: they refuse it unread, or call `inviteBody`. */
export function deferContinue(server: Server, listener: RequestListener): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    waiting.add(request);
    // An answer that comes before the invitation leaves the connection in the middle of a request.
    response.setHeader('Connection', 'close');
    listener(request, response);
  });
}

/** To be called before a body is read. Does nothing where the client does not wait. */
export function inviteBody(request: IncomingMessage, response: ServerResponse): void {
  if (!waiting.delete(request)) return;
  response.removeHeader('Connection');
  response.writeContinue();
}
