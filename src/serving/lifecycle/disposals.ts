import type { Logger } from '../../common/logger.ts';
import type { ModelHandle } from './model-handle.ts';
import type { ManagerMetrics } from './model-metrics.ts';

export interface DisposalsOptions {
  logger: Logger;
  metrics: Pick<ManagerMetrics, 'forgetVersion'>;
  /** Whether a version is loaded, by this manager or another one; its metrics are then kept. */
  isLoaded: (version: number) => boolean;
}

/** Retires versions and waits for their disposal, which happens when the last request has released them. */
export class Disposals {
  readonly #options: DisposalsOptions;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: DisposalsOptions) {
    this.#options = options;
  }

  retire(handle: ModelHandle | undefined): void {
    if (handle === undefined) return;
    const { metrics, logger, isLoaded } = this.#options;
    const { version } = handle.model.manifest;
    const disposed = handle
      .retire()
      .then(
        async () => {
          if (!isLoaded(version)) await metrics.forgetVersion(version);
          logger.info({ version }, 'model disposed');
        },
        (error: unknown) => logger.error({ version, err: error }, 'could not dispose of the model'),
      )
      .finally(() => this.#underWay.delete(disposed));
    this.#underWay.add(disposed);
  }

  /** Resolves when every version that was retired so far has been disposed of. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}
