import { systemClock, type Clock } from '../../common/clock.ts';
import { backOffMs } from '../../common/back-off.ts';
import type { Logger } from '../../common/logger.ts';
import { endCanary, type CanaryEnd } from '../../registry/promotion.ts';
import type { RegistryWriter } from '../../registry/registry.ts';

const RETRY = { minMs: 1000, maxMs: 60_000 };

/** Writes the end of a canary to the registry, retrying until it is written or no longer applies. */
export class CanaryEndWriter {
  readonly #registry: RegistryWriter;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #cancelRetry: () => void = () => undefined;

  constructor(registry: RegistryWriter, logger: Logger, clock: Clock = systemClock) {
    this.#registry = registry;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Never rejects. Supersedes an earlier end that is still being retried. */
  write(end: CanaryEnd): Promise<void> {
    this.#cancelRetry();
    return this.#try(end, 1);
  }

  stop(): void {
    this.#cancelRetry();
  }

  async #try(end: CanaryEnd, attempt: number): Promise<void> {
    const { version } = end.pointer;
    try {
      const written = await endCanary(this.#registry, end);
      if (written) this.#logger.info({ version }, 'recorded the end of the canary in its alias');
    } catch (error) {
      const retryInMs = backOffMs(attempt, RETRY);
      this.#logger.warn(
        { version, err: error, retryInMs },
        'could not record the end of the canary',
      );
      this.#cancelRetry = this.#clock.after(retryInMs, () => void this.#try(end, attempt + 1));
    }
  }
}
