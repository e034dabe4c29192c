import { randomUUID, randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Response, Request, RequestHandler } from 'express';
import type { RequestSpan, Tracing } from '../../../common/tracing.ts';

/** Ids that are short and plain enough for logs and headers. */
const saneId = /^[^\W_][\w.:-]{0,63}$/;

/** The caller's own id where it is valid, so that both sides log the same one; else a new one. */
export function requestIdFrom(header: string | undefined): string {
  return header !== undefined && saneId.test(header) ? header : randomUUID();
}

/** The position of a request in its caller's trace. */
export interface TraceContext {
  traceId: string;
  /** The span of this server. */
  spanId: string;
  /** The span of the caller. */
  parentId: string;
  /** Two hexadecimal digits; the last bit says whether the caller records. */
  flags: string;
}

const HEADER = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/**
 * Parses the caller's trace context (W3C Trace Context, 3.2); of later versions, the fields that this version defines.
 * @param header the value of `traceparent`
 * @returns undefined where it is missing or not valid, which the standard says to ignore
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

/** The header `traceresponse`, which names this server's span (W3C Trace Context Level 2, 4). */
export function traceHeader({ traceId, spanId, flags }: Omit<TraceContext, 'parentId'>): string {
  return `00-${traceId}-${spanId}-${flags}`;
}

/** The state of one request, which Express carries in `response.locals`. */
export interface RequestLocals {
  requestId: string;
  startedAtMs: number;
  /** Name of the request's API key, where keys are required. */
  client?: string;
  /** SHA-256 of that key. */
  keyDigest?: Buffer;
  /** Replaces the route of a request that reached none. */
  routePrefix?: string;
  /** Where traces are collected. */
  span?: RequestSpan | undefined;
  /** Fields for the request's log line: counts, versions and codes; never names or bytes. */
  logFields: Record<string, string | number | boolean>;
}

/** The state that `beginRequest`, the first handler, has set. */
export function localsOf(response: Response): RequestLocals {
  return response.locals as RequestLocals;
}

/** Identifies the API key of a request; undefined where keys are not required. */
export function ownerOf(response: Response): string | undefined {
  return localsOf(response).keyDigest?.toString('base64');
}

/** The first handler: sets the request's id, which every answer carries, starts its timer and, with tracing, its span. */
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
