import type { Clock } from '../../common/clock.ts';
import type { Config } from '../../common/config/config.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import type { RegistryWriter } from '../../registry/registry.ts';

/** What all parts of one server share. */
export interface ServerResources {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  registry: RegistryWriter;
  clock: Clock;
}
