import { ServiceError } from '../../common/errors.ts';
import type { BorrowedModel } from '../lifecycle/model-handle.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { ModelSource } from '../predict/answered-photo.ts';
import type { ModelRegistry } from '../../registry/registry.ts';
import type { Canary } from './canary.ts';

type Manager = Pick<ModelManager, 'borrow' | 'serving' | 'status'>;

export interface SplitModelSourceOptions {
  modelName: string;
  registry: Pick<ModelRegistry, 'readAlias' | 'listVersions'>;
  production: Manager;
  /** Answers its share of the clients. */
  canary?: Pick<Canary, 'takes' | 'manager'> | undefined;
  /** Further versions, which answer requests that name them. */
  others?: readonly Manager[];
}

/**
 * Answers with production, or for its share of the clients with the canary. A request that names a version or an alias
 * is answered by whichever manager has it loaded; the registry is read only for names that no manager has.
 */
export class SplitModelSource implements ModelSource {
  readonly #options: SplitModelSourceOptions;
  readonly #managers: readonly Manager[];

  constructor(options: SplitModelSourceOptions) {
    this.#options = options;
    const { production, canary, others = [] } = options;
    this.#managers = [production, ...(canary === undefined ? [] : [canary.manager]), ...others];
  }

  async borrow(selector: string | undefined, clientKey?: string): Promise<BorrowedModel> {
    if (selector === undefined) return this.#borrowByShare(clientKey);
    const holder =
      this.#managers.find(({ status }) => status.current?.alias === selector) ??
      this.#holderOf((version) => String(version) === selector);
    if (holder !== undefined) return holder.borrow();
    const wanted = await this.#lookUp(selector);
    const found = this.#holderOf((version) => version === wanted);
    if (found !== undefined) return found.borrow();
    throw this.#notLoaded(selector);
  }

  #borrowByShare(clientKey: string | undefined): BorrowedModel {
    const { production, canary } = this.#options;
    if (clientKey === undefined || canary?.takes(clientKey) !== true) return production.borrow();
    return canary.manager.borrow();
  }

  #holderOf(isWanted: (version: number) => boolean): Manager | undefined {
    return this.#managers.find(
      ({ serving }) => serving !== undefined && isWanted(serving.manifest.version),
    );
  }

  /** @throws ServiceError `model_not_found` where the registry knows no such version or alias. */
  async #lookUp(selector: string): Promise<number> {
    const { registry, modelName } = this.#options;
    const version = /^\d+$/.test(selector)
      ? (await registry.listVersions(modelName)).find((known) => String(known) === selector)
      : (await registry.readAlias(modelName, selector))?.version;
    if (version !== undefined) return version;
    throw new ServiceError(
      'model_not_found',
      `There is no version or alias "${selector}" of ${modelName}; GET /v1/models lists them.`,
    );
  }

  /** Where nothing serves at all, throws production's reason instead. */
  #notLoaded(selector: string): ServiceError {
    const loaded = this.#managers.flatMap(({ serving }) => serving?.manifest.version ?? []);
    if (loaded.length === 0) this.#options.production.borrow().release();
    const detail =
      loaded.length === 1 ? `version ${loaded[0]} serves` : `versions ${loaded.join(', ')} are`;
    return new ServiceError('model_not_loaded', `"${selector}" is not loaded; ${detail}.`);
  }
}
