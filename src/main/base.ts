import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { RegistryWriter } from '../registry/registry.ts';
import type { Tracing } from '../tracing.ts';

/** What every part is given. */
export interface Base {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  registry: RegistryWriter;
  /** Where a collector is named. */
  tracing?: Tracing | undefined;
}
