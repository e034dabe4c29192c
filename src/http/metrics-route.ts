import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { RequestHandler } from 'express';
import type { Metrics } from '../common/metrics/metrics.ts';

const quantiles = ['0.5', '0.99', '1'] as const;

/** `GET /metrics` in the Prometheus text format. The event-loop delay is that since the scrape before. */
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
