import type { Logger } from '../../common/logger.ts';
import type { ModelRegistry } from '../../registry/registry.ts';

export interface CachePrunerOptions {
  registry: Pick<ModelRegistry, 'listAliases' | 'keepOnly'>;
  modelName: string;
  logger: Logger;
}

/** Has the registry forget the local copies of versions that nobody will ask for again. */
export class CachePruner {
  readonly #options: CachePrunerOptions;
  #tidying: Promise<void> = Promise.resolve();

  constructor(options: CachePrunerOptions) {
    this.#options = options;
  }

  /**
   * Keeps the versions in use and those that an alias stands for or stood for before; one tidying after the other.
   * Never rejects: where the registry does not answer, everything stays until the next time.
   */
  tidy(inUse: ReadonlySet<number>): Promise<void> {
    this.#tidying = this.#tidying.then(() => this.#tidy(inUse));
    return this.#tidying;
  }

  async #tidy(inUse: ReadonlySet<number>): Promise<void> {
    const { registry, modelName, logger } = this.#options;
    try {
      const aliases = Object.values(await registry.listAliases(modelName));
      const named = aliases.flatMap(({ version, previous }) => [version, previous ?? version]);
      await registry.keepOnly(modelName, new Set([...inUse, ...named]));
    } catch (error) {
      logger.warn({ err: error }, 'the model cache could not be tidied');
    }
  }
}
