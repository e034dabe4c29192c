import { performance } from 'node:perf_hooks';
import type { NextFunction, Request, Response } from 'express';
import { requestIdFrom } from './request-id.ts';
import { localsOf, type RequestLocals } from './request-locals.ts';
import { traceFrom, traceHeader } from './trace-context.ts';

/** First of all: gives the request its id, which every answer carries, and starts its clock. */
export function beginRequest(request: Request, response: Response, next: NextFunction): void {
  const requestId = requestIdFrom(request.get('x-request-id'));
  response.locals = {
    requestId,
    startedAtMs: performance.now(),
    logFields: {},
  } satisfies RequestLocals;
  response.setHeader('X-Request-Id', requestId);
  joinTrace(request, response);
  next();
}

function joinTrace(request: Request, response: Response): void {
  const trace = traceFrom(request.get('traceparent'));
  if (trace === undefined) return;
  const { traceId, spanId, parentId } = trace;
  Object.assign(localsOf(response).logFields, { traceId, spanId, parentId });
  response.setHeader('traceresponse', traceHeader(trace));
}
