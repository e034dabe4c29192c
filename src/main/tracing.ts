import type { Tracing } from '../tracing.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';

/** Undefined where no collector is named; OpenTelemetry is loaded only where one is. */
export async function openTracing(config: Config, logger: Logger): Promise<Tracing | undefined> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  return (await import('../tracing.ts')).openTracing({ logger });
}
