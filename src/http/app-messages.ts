import type { Express, Request, Response } from 'express';
import { IncomingMessage, ServerResponse } from 'node:http';

/** What `createServer` makes of each request. */
export interface Messages {
  IncomingMessage: typeof IncomingMessage;
  ServerResponse: typeof ServerResponse;
}

/**
 * Requests and responses that are the app's own from the start; call it once for an app. Express else gives each its
 * prototype afterwards (expressjs/express#5998), and V8's collector of young garbage takes such objects for alive, with
 * all that hangs on them: it copied twice as much (Node 20).
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
