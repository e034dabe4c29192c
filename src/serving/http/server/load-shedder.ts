import { dropBody } from './body-dropper.ts';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { queueFull } from '../../../inference/batching/image-queue.ts';
import { toProblem, type ServiceError } from '../../../common/errors.ts';
import type { LoadedModel } from '../../../registry/loading/loaded-model.ts';
import type { Logger } from '../../../common/logger.ts';
import type { Metrics } from '../../../common/metrics/metrics.ts';
import type { Readiness } from './readiness.ts';
import { requestIdFrom } from '../middleware/request-context.ts';

export interface LoadShedderDependencies {
  models: { readonly serving: Pick<LoadedModel, 'batcher'> | undefined };
  readiness: Pick<Readiness, 'draining'>;
  metrics: Pick<Metrics, 'httpRequests' | 'httpDuration' | 'rejected'>;
  logger: Logger;
}

const route = '/v1/predict';
const labels = { method: 'POST', route } as const;
/** A log line for each of thousands of refusals a second would cost more than the refusals. */
const LOG_EVERY_MS = 1000;

/**
 * Refuses photos while the queue is full, before they reach the app: in a flood, the accepted photos lack what refusals
 * cost. Its answers are those of the app. Other requests go to the app, and so do requests that name a model, which has
 * its own queue, come from another origin, or wait for `100 Continue`.
 */
export function shedLoad(
  app: RequestListener,
  dependencies: LoadShedderDependencies,
): RequestListener {
  const { models, readiness, metrics, logger } = dependencies;
  let refused = 0;
  let reportedAtMs = -Infinity;
  const report = (nowMs: number): void => {
    refused += 1;
    if (nowMs - reportedAtMs < LOG_EVERY_MS) return;
    logger.warn({ refused, route }, 'the queue is full: photos are refused');
    [refused, reportedAtMs] = [0, nowMs];
  };
  return (request, response) => {
    const startedAtMs = performance.now();
    const fault =
      isPrediction(request) && !readiness.draining ? faultOf(models.serving) : undefined;
    if (fault === undefined) {
      app(request, response);
      return;
    }
    refuse(request, response, fault);
    metrics.httpRequests.inc({ ...labels, status: fault.status });
    metrics.httpDuration.observe(labels, (performance.now() - startedAtMs) / 1000);
    metrics.rejected.inc({ reason: fault.code });
    report(startedAtMs);
  };
}

function isPrediction({ method, url = '', headers }: IncomingMessage): boolean {
  if (method !== 'POST' || !url.startsWith(route)) return false;
  const isWhole = url.length === route.length || url[route.length] === '?';
  return (
    isWhole &&
    !url.includes('model=') &&
    headers.origin === undefined &&
    headers.expect === undefined
  );
}

/** Errors of a full queue by their retry time, reused because creating an error captures a stack. */
const refusals = new Map<number, ServiceError>();

/** Detects only a full queue; the app reports every other fault. */
function faultOf(serving: Pick<LoadedModel, 'batcher'> | undefined): ServiceError | undefined {
  const seconds = serving?.batcher.secondsToRoom();
  if (seconds === undefined) return undefined;
  const known = refusals.get(seconds) ?? queueFull(seconds);
  refusals.set(seconds, known);
  return known;
}

function refuse(request: IncomingMessage, response: ServerResponse, fault: ServiceError): void {
  const own = request.headers['x-request-id'];
  const requestId = requestIdFrom(typeof own === 'string' ? own : undefined);
  const body = JSON.stringify(toProblem(fault, requestId));
  // The body is read and dropped: a client may not read the answer before it has sent everything.
  dropBody(request, response);
  response.writeHead(fault.status, {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Retry-After': String(fault.retryAfterSeconds ?? 1),
    'X-Request-Id': requestId,
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}
