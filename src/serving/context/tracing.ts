import type { Tracing } from '../../common/tracing.ts';
import type { Config } from '../../common/config/config.ts';
import { endsWithin } from '../http/server/graceful-shutdown.ts';
import type { Logger } from '../../common/logger.ts';

/** A collector that is away must not hold up the end of the process. */
const CLOSE_MAX_MS = 1000;

/** Undefined where no collector is named; OpenTelemetry is loaded only where one is. */
export async function openTracing(config: Config, logger: Logger): Promise<Tracing | undefined> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  const { begin, close } = (await import('../../common/tracing.ts')).openTracing({ logger });
  const closeSoon = async (): Promise<void> => {
    await endsWithin(close(), CLOSE_MAX_MS);
  };
  return { begin, close: closeSoon };
}
