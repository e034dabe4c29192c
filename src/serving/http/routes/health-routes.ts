import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { Metrics } from '../../../common/metrics/metrics.ts';
import type { Readiness } from '../server/readiness.ts';

/** The answer of `GET /healthz`. */
export const liveAnswerSchema = z.object({ status: z.literal('live') });
/** The answer of `GET /readyz`. */
export const readyAnswerSchema = z.object({ status: z.literal('ready') });

/** `GET /healthz`: 200 while the process answers */
export const liveRoute: RequestHandler = (_request, response) => {
  response.json({ status: 'live' } satisfies z.infer<typeof liveAnswerSchema>);
};

/** `GET /readyz`: 503 until a model is warm and while draining. */
export function readyRoute(readiness: Readiness): RequestHandler {
  return (_request, response) => {
    const fault = readiness.fault();
    if (fault !== undefined) throw fault;
    response.json({ status: 'ready' } satisfies z.infer<typeof readyAnswerSchema>);
  };
}

const quantiles = ['0.5', '0.99', '1'] as const;

/** `GET /metrics` in the Prometheus text format. The event-loop delay covers the time since the previous scrape. */
export function metricsRoute({ registry, eventLoopDelay }: Metrics): RequestHandler {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  return async (_request, response) => {
    for (const quantile of quantiles) {
      eventLoopDelay.set({ quantile }, delay.percentile(Number(quantile) * 100) / 1e9);
    }
    delay.reset();
    response.setHeader('Content-Type', registry.contentType);
    response.send(await registry.metrics());
  };
}
