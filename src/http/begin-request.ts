import { performance } from 'node:perf_hooks';
import type { NextFunction, Request, Response } from 'express';
import { requestIdFrom } from './request-id.ts';
import type { RequestLocals } from './request-locals.ts';

/** First of all: gives the request its id, which every answer carries, and starts its clock. */
export function beginRequest(request: Request, response: Response, next: NextFunction): void {
  const requestId = requestIdFrom(request.get('x-request-id'));
  response.locals = {
    requestId,
    startedAtMs: performance.now(),
    logFields: {},
  } satisfies RequestLocals;
  response.setHeader('X-Request-Id', requestId);
  next();
}
