import { performance } from 'node:perf_hooks';
import type { Request, NextFunction, RequestHandler, Response } from 'express';
import type { Logger } from '../../../common/logger.ts';
import type { Metrics } from '../../../common/metrics/metrics.ts';
import { localsOf } from './request-context.ts';

/** Polled by machines every few seconds, so left out of logs and of counts of refusals. */
const probes: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** The route's pattern, never the path, so that labels stay bounded. */
export function routeOf(request: Request, otherwise = 'unmatched'): string {
  const route = request.route as { path?: unknown } | undefined;
  return typeof route?.path === 'string' ? route.path : otherwise;
}

export function isProbe(request: Request): boolean {
  return probes.has(routeOf(request));
}

/** nginx's status for a request whose client disconnected before the answer; never sent. */
const CLIENT_CLOSED_REQUEST = 499;

/** Statuses of the main route that the availability objective counts; their counters start at 0. */
const counted = { method: 'POST', route: '/v1/predict', statuses: [200, 429, 500, 503, 504] };

type LogLine = Record<string, string | number | boolean | undefined>;

/** Writes one log line, one count and, where traces are collected, one span per request, when its response closes. */
export function accessLog(logger: Logger, metrics: Metrics): RequestHandler {
  const { statuses, ...labels } = counted;
  for (const status of statuses) metrics.httpRequests.inc({ ...labels, status }, 0);
  return (request: Request, response: Response, next: NextFunction): void => {
    response.once('close', () => {
      const { method } = request;
      const route = routeOf(request, localsOf(response).routePrefix);
      const status = response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST;
      const durationMs = performance.now() - localsOf(response).startedAtMs;
      metrics.httpRequests.inc({ method, route, status });
      metrics.httpDuration.observe({ method, route }, durationMs / 1000);
      const { requestId, logFields, span } = localsOf(response);
      if (!isProbe(request))
        span?.end({ method, route, status, fields: { requestId, ...logFields } });
      const line: LogLine = { requestId, method, route, status, durationMs: round(durationMs) };
      // Not spread: see predict/answered-photo.ts.
      for (const name of Object.keys(logFields)) line[name] = logFields[name];
      logger[isProbe(request) ? 'debug' : 'info'](line, 'request');
    });
    next();
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
