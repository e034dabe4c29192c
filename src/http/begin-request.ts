import { performance } from 'node:perf_hooks';
import type { Request, RequestHandler, Response } from 'express';
import type { Tracing } from '../common/tracing.ts';
import { requestIdFrom } from './request-id.ts';
import { localsOf, type RequestLocals } from './request-locals.ts';
import { traceFrom, traceHeader } from './trace-context.ts';

/** First of all: gives the request its id, which every answer carries, starts its clock, and its span where one is wanted. */
export function beginRequest(tracing?: Pick<Tracing, 'begin'>): RequestHandler {
  return (request, response, next) => {
    const requestId = requestIdFrom(request.get('x-request-id'));
    response.locals = {
      requestId,
      startedAtMs: performance.now(),
      logFields: {},
    } satisfies RequestLocals;
    response.setHeader('X-Request-Id', requestId);
    joinTrace(request, response, tracing);
    next();
  };
}

function joinTrace(
  request: Request,
  response: Response,
  tracing: Pick<Tracing, 'begin'> | undefined,
): void {
  const trace = traceFrom(request.get('traceparent'));
  const locals = localsOf(response);
  locals.span = tracing?.begin(trace && { ...trace, spanId: trace.parentId });
  const ids = locals.span?.ids ?? trace;
  if (ids === undefined) return;
  locals.logFields.traceId = ids.traceId;
  locals.logFields.spanId = ids.spanId;
  if (trace !== undefined) locals.logFields.parentId = trace.parentId;
  response.setHeader('traceresponse', traceHeader(ids));
}
