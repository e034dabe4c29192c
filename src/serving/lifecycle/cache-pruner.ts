import type { Logger } from '../../common/logger.ts';
import type { ModelRegistry } from '../../registry/registry.ts';

export interface CachePrunerOptions {
  registry: Pick<ModelRegistry, 'listAliases' | 'keepOnly'>;
  modelName: string;
  logger: Logger;
}

/** Removes the local copies of versions that no alias names and nothing uses. */
export class CachePruner {
  readonly #options: CachePrunerOptions;
  #pruning: Promise<void> = Promise.resolve();

  constructor(options: CachePrunerOptions) {
    this.#options = options;
  }

  /**
   * Keeps the versions in use, and the current and previous version of every alias. Calls run one after another.
   * Never rejects: where the registry does not answer, every copy stays until the next call.
   */
  prune(inUse: ReadonlySet<number>): Promise<void> {
    this.#pruning = this.#pruning.then(() => this.#prune(inUse));
    return this.#pruning;
  }

  async #prune(inUse: ReadonlySet<number>): Promise<void> {
    const { registry, modelName, logger } = this.#options;
    try {
      const aliases = Object.values(await registry.listAliases(modelName));
      const named = aliases.flatMap(({ version, previous }) => [version, previous ?? version]);
      await registry.keepOnly(modelName, new Set([...inUse, ...named]));
    } catch (error) {
      logger.warn({ err: error }, 'the model cache could not be pruned');
    }
  }
}
