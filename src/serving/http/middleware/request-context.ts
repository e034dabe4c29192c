import { randomUUID, randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Response, Request, RequestHandler } from 'express';
import type { RequestSpan, Tracing } from '../../../common/tracing.ts';

/** Short and plain enough to be copied into logs and headers. */
const saneId = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** The caller's own id where it is sane, so that its traces join ours; otherwise a new one. */
export function requestIdFrom(header: string | undefined): string {
  return header !== undefined && saneId.test(header) ? header : randomUUID();
}

/** Where a request stands in its caller's trace. */
export interface TraceContext {
  traceId: string;
  /** Of this server's part. */
  spanId: string;
  /** Of the caller's. */
  parentId: string;
  /** Two hexadecimal digits; the last bit says whether the caller records. */
  flags: string;
}

const HEADER = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/**
 * Goes on with the caller's trace (W3C Trace Context, 3.2): later versions are read as far as this one goes.
 * @param header the value of `traceparent`
 * @returns undefined where there is none, or it is not valid and to be ignored
 */
export function traceFrom(header: string | undefined): TraceContext | undefined {
  const [, version, traceId, parentId, flags, more] = HEADER.exec(header ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) {
    return undefined;
  }
  if (ZEROS.test(traceId!) || ZEROS.test(parentId!)) return undefined;
  const spanId = randomBytes(8).toString('hex');
  return { traceId: traceId!, spanId, parentId: parentId!, flags: flags! };
}

/** For `traceresponse`, by which the caller learns of this server's part (W3C Trace Context Level 2, 4). */
export function traceHeader({ traceId, spanId, flags }: Omit<TraceContext, 'parentId'>): string {
  return `00-${traceId}-${spanId}-${flags}`;
}

/** What the server keeps about one request; express carries it in `response.locals`. */
export interface RequestLocals {
  requestId: string;
  startedAtMs: number;
  /** Name of the API key that was brought, where keys are needed. */
  client?: string;
  /** Stands for the route of a request that came to none. */
  routePrefix?: string;
  /** Where traces are collected. */
  span?: RequestSpan | undefined;
  /** Added to the request's line in the log: counts, versions and codes; never names or bytes. */
  logFields: Record<string, string | number | boolean>;
}

/** Set by `beginRequest`, the first of all handlers. */
export function localsOf(response: Response): RequestLocals {
  return response.locals as RequestLocals;
}

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
