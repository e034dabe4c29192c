import type { Logger } from '../../common/logger.ts';
import type { DesiredModel, LoadedModel, LoadModel } from '../../registry/loading/loaded-model.ts';
import type { Alias } from '../../registry/registry.ts';

/** Names a version to serve in place of a desired one that is dangerous to load; undefined where there is none. */
export type FindFallback = (
  desired: DesiredModel,
  pointer: Alias | undefined,
) => Promise<number | undefined>;

export interface FallbackLoadOptions {
  find: FindFallback;
  load: LoadModel;
  logger: Logger;
}

/** Loads another version while the desired one is dangerous to load and none serves. */
export class FallbackLoad {
  readonly #options: FallbackLoadOptions;
  #abort: AbortController | undefined;
  #hasFailed = false;
  /** Loads under way, canceled ones included. */
  readonly #loads = new Set<Promise<void>>();

  constructor(options: FallbackLoadOptions) {
    this.#options = options;
  }

  /** Whether another version is being loaded, or could be. */
  async isPossible(desired: DesiredModel, pointer: Alias | undefined): Promise<boolean> {
    if (this.#abort !== undefined) return true;
    return !this.#hasFailed && (await this.#options.find(desired, pointer)) !== undefined;
  }

  /** Starts a load unless one is under way or has failed. */
  begin(
    desired: DesiredModel,
    pointer: Alias | undefined,
    onLoaded: (model: LoadedModel) => void,
  ): void {
    if (this.#abort !== undefined || this.#hasFailed) return;
    const abort = new AbortController();
    this.#abort = abort;
    const work = this.#load(desired, pointer, abort.signal)
      .then(async (model) => {
        if (model !== undefined && abort.signal.aborted) await model.dispose();
        else if (model !== undefined) onLoaded(model);
      })
      .catch((error: unknown) => {
        if (abort.signal.aborted) return;
        this.#hasFailed = true;
        this.#options.logger.error({ err: error }, 'no other version could be loaded');
      })
      .finally(() => {
        this.#loads.delete(work);
        if (this.#abort === abort) this.#abort = undefined;
      });
    this.#loads.add(work);
  }

  /** Another version is desired. */
  cancel(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#hasFailed = false;
  }

  /** Resolves when no load is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#loads);
  }

  async #load(
    desired: DesiredModel,
    pointer: Alias | undefined,
    signal: AbortSignal,
  ): Promise<LoadedModel | undefined> {
    const version = await this.#options.find(desired, pointer);
    signal.throwIfAborted();
    if (version === undefined) return undefined;
    return this.#options.load({ alias: desired.alias, version }, signal);
  }
}
