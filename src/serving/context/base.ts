import type { Config } from '../../common/config/config.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import type { RegistryWriter } from '../../registry/registry.ts';
import type { Tracing } from '../../common/tracing.ts';

/** What every part is given. */
export interface Base {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  registry: RegistryWriter;
  /** Where a collector is named. */
  tracing?: Tracing | undefined;
}
