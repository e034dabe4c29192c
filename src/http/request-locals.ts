import type { Response } from 'express';
import type { RequestSpan } from '../common/tracing.ts';

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
