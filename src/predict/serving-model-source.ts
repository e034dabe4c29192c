import { ServiceError } from '../errors.ts';
import type { BorrowedModel } from '../lifecycle/model-handle.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { ModelRegistry } from '../registry/registry.ts';
import type { ModelSource } from './model-source.ts';

/** Answers with the one model that serves; the registry is asked only about names that are not its own. */
export class ServingModelSource implements ModelSource {
  readonly #manager: Pick<ModelManager, 'borrow' | 'status'>;
  readonly #registry: ModelRegistry;
  readonly #modelName: string;

  constructor(
    manager: Pick<ModelManager, 'borrow' | 'status'>,
    registry: ModelRegistry,
    modelName: string,
  ) {
    this.#manager = manager;
    this.#registry = registry;
    this.#modelName = modelName;
  }

  async borrow(selector: string | undefined): Promise<BorrowedModel> {
    if (selector === undefined || selector === this.#manager.status.current?.alias) {
      return this.#manager.borrow();
    }
    const version = await this.#resolve(selector);
    const borrowed = this.#manager.borrow();
    if (borrowed.model.manifest.version === version) return borrowed;
    borrowed.release();
    throw notLoaded(selector, borrowed.model.manifest.version);
  }

  /** @throws ServiceError `model_not_found` where the registry knows no such version or alias. */
  async #resolve(selector: string): Promise<number | undefined> {
    const current = this.#manager.status.current?.model.manifest.version;
    if (selector === String(current)) return current;
    const version = await this.#lookUp(selector);
    if (version !== undefined) return version;
    throw new ServiceError(
      'model_not_found',
      `There is no version or alias "${selector}" of ${this.#modelName}; GET /v1/models lists them.`,
    );
  }

  async #lookUp(selector: string): Promise<number | undefined> {
    if (!/^\d+$/.test(selector)) {
      return (await this.#registry.readAlias(this.#modelName, selector))?.version;
    }
    const versions = await this.#registry.listVersions(this.#modelName);
    return versions.find((version) => String(version) === selector);
  }
}

function notLoaded(selector: string, serving: number): ServiceError {
  return new ServiceError(
    'model_not_loaded',
    `"${selector}" is not loaded; version ${serving} serves.`,
  );
}
