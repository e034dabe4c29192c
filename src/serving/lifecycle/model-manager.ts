import type { BackOffOptions } from '../../common/back-off.ts';
import { systemClock, type Clock } from '../../common/clock.ts';
import { ServiceError } from '../../common/errors.ts';
import { hideLocations } from '../../common/text/hide-locations.ts';
import type { Logger } from '../../common/logger.ts';
import type { LoadedModel, DesiredModel, LoadModel } from '../../registry/loading/loaded-model.ts';
import { aliasEtag } from '../../registry/aliases.ts';
import type { Alias } from '../../registry/registry.ts';
import { isDangerous } from './crash-guard.ts';
import { Disposals } from './disposals.ts';
import { FallbackLoad, type FindFallback } from './fallback-load.ts';
import { LoadAttempts } from './load-attempts.ts';
import {
  ModelHandle,
  type BorrowedModel,
  type ModelState,
  type ModelStatus,
} from './model-handle.ts';
import { ServingInfo, type ManagerMetrics } from './model-metrics.ts';

export interface ModelManagerOptions {
  load: LoadModel;
  logger: Logger;
  metrics: ManagerMetrics;
  /** Default 1 s to 60 s. */
  retry?: BackOffOptions;
  /** The version to serve while none does and the desired one is dangerous to load; none by default. */
  findFallback?: FindFallback;
  /** Whether the version that a swap replaces stays loaded, so that a rollback is instant. Never by default. */
  mayKeepPrevious?: (model: LoadedModel) => boolean;
  /** Whether another manager has the version loaded; its metrics are then kept. */
  isLoadedElsewhere?: (version: number) => boolean;
  clock?: Clock;
}

/**
 * Reconciles the loaded model with the desired one: load, verify, warm up, swap, drain, dispose. Where the desired
 * version is still loaded on standby, it only swaps.
 * Invariants: a failure before the swap leaves the current version serving; every loaded model is disposed exactly
 * once.
 */
export class ModelManager {
  readonly #options: ModelManagerOptions;
  readonly #attempts: LoadAttempts;
  readonly #info: ServingInfo;
  #current: { handle: ModelHandle; alias: string } | undefined;
  /** The previous version, where it is kept loaded. */
  #standby: ModelHandle | undefined;
  #desired: DesiredModel | undefined;
  /** The alias that names the desired version, and its state. */
  #pointer: Alias | undefined;
  #etag = '';
  readonly #fallback: FallbackLoad;
  #state: ModelState = 'waiting';
  #failure: string | undefined;
  #sourceFault: string | undefined = 'The registry has not been read yet.';
  #closed = false;
  readonly #disposals: Disposals;
  readonly #swapListeners: ((serving: LoadedModel) => void)[] = [];

  constructor(options: ModelManagerOptions) {
    this.#options = options;
    this.#info = new ServingInfo(options.metrics);
    this.#disposals = new Disposals({
      ...options,
      isLoaded: (version) =>
        this.isLoaded(version) || (options.isLoadedElsewhere?.(version) ?? false),
    });
    this.#fallback = new FallbackLoad({
      ...options,
      find: options.findFallback ?? (() => Promise.resolve(undefined)),
    });
    this.#attempts = new LoadAttempts({
      ...options,
      retry: options.retry ?? { minMs: 1000, maxMs: 60_000 },
      clock: options.clock ?? systemClock,
      onStart: () => (this.#state = 'loading'),
      onLoaded: (desired, model) => this.#swap(desired, new ModelHandle(model)),
      onFailed: (reason, error) => {
        this.#state = 'failed';
        this.#failure = reason;
        if (this.#current !== undefined || !isDangerous(error)) return;
        this.#fallback.begin(this.#desired!, this.#pointer, (model) => this.#serveFallback(model));
      },
    });
  }

  get status(): ModelStatus {
    const current = this.#current && {
      model: this.#current.handle.model,
      alias: this.#current.alias,
      inFlight: this.#current.handle.inFlight,
    };
    const reason = this.#failure ?? this.#sourceFault;
    const standby = this.#standby && versionOf(this.#standby);
    return { state: this.#state, reason, current, standby, desired: this.#desired };
  }

  /** The model that serves. */
  get serving(): LoadedModel | undefined {
    return this.#current?.handle.model;
  }

  /** Versions that are loaded or desired. */
  get versionsInUse(): Set<number> {
    const handles = [this.#current?.handle, this.#standby];
    const versions = handles.filter((handle) => handle !== undefined).map(versionOf);
    if (this.#desired !== undefined) versions.push(this.#desired.version);
    return new Set(versions);
  }

  /** The number of requests that hold the serving version. */
  get inFlight(): number {
    return this.#current?.handle.inFlight ?? 0;
  }

  /** Whether the version is loaded, serving or on standby. */
  isLoaded(version: number): boolean {
    const handles = [this.#current?.handle, this.#standby];
    return handles.some((handle) => handle !== undefined && versionOf(handle) === version);
  }

  /** Registers a listener that is called after each later swap with the model that serves. It must not throw. */
  onSwap(listener: (serving: LoadedModel) => void): void {
    this.#swapListeners.push(listener);
  }

  /** Sets the desired model. Setting the same one again changes nothing; another one supersedes a load under way. */
  setDesired({ alias, version }: DesiredModel, pointer?: Alias): void {
    this.#sourceFault = undefined;
    const desired = { alias, version };
    const etag = pointer === undefined ? '' : aliasEtag(pointer);
    const isSame = this.#desired?.version === version && this.#desired.alias === alias;
    const isRetried = this.#state === 'failed' && etag !== this.#etag;
    if (this.#closed || (isSame && !isRetried)) return;
    this.#desired = desired;
    this.#pointer = pointer;
    this.#etag = etag;
    this.#options.metrics.modelDesiredVersion.set(desired.version);
    this.#attempts.cancel();
    this.#fallback.cancel();
    this.#failure = undefined;
    const serving = this.#current && versionOf(this.#current.handle);
    if (serving === desired.version) this.#keepCurrent(desired);
    else if (this.#standby && versionOf(this.#standby) === desired.version)
      this.#swap(desired, this.#standby);
    else this.#attempts.begin({ ...desired, etag });
  }

  /** Unloads everything, with a reason for `status`. Each model is disposed when its last borrower has released it. */
  withdraw(reason: string): void {
    this.#sourceFault = reason;
    if (this.#desired === undefined) return;
    this.#desired = undefined;
    this.#options.metrics.modelDesiredVersion.set(0);
    this.#failure = undefined;
    this.#state = 'waiting';
    this.#unload();
  }

  /** Records why the registry names no version, for `status` and for answers while no model serves. Unloads nothing. */
  reportSourceFault(reason: string): void {
    this.#sourceFault = reason;
  }

  /** @throws ServiceError `model_not_ready` or `shutting_down`. */
  borrow(): BorrowedModel {
    if (this.#closed) throw new ServiceError('shutting_down', 'The server is shutting down.');
    if (this.#current !== undefined) return this.#current.handle.borrow();
    throw this.notReady();
  }

  /** The error for a request that arrives while no model serves; it says why. */
  notReady(): ServiceError {
    const { reason } = this.status;
    const detail = reason === undefined ? 'The model is being loaded.' : hideLocations(reason);
    return new ServiceError('model_not_ready', detail, { retryAfterSeconds: 5 });
  }

  /** Cancels loading and resolves when every model is released and disposed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unload();
    await Promise.all([
      this.#attempts.settled(),
      this.#fallback.settled(),
      this.#disposals.settled(),
    ]);
  }

  /** Whether another version than the desired one serves, or could: `load` may refuse a dangerous one then. */
  async canServeAnother(): Promise<boolean> {
    if (this.#desired === undefined) return false;
    const serving = this.#current && versionOf(this.#current.handle);
    if (serving !== undefined && serving !== this.#desired.version) return true;
    return this.#fallback.isPossible(this.#desired, this.#pointer);
  }

  #serveFallback(model: LoadedModel): void {
    const { alias, version: desired } = this.#desired!;
    const { version } = model.manifest;
    this.#current = { handle: new ModelHandle(model), alias };
    this.#info.show(model, alias);
    this.#options.logger.warn({ alias, version, desired }, 'another version serves meanwhile');
    for (const listener of this.#swapListeners) listener(model);
  }

  #unload(): void {
    this.#attempts.cancel();
    this.#fallback.cancel();
    const handles = [this.#current?.handle, this.#standby];
    this.#current = undefined;
    this.#standby = undefined;
    this.#info.clear();
    for (const handle of handles) this.#disposals.retire(handle);
  }

  #keepCurrent({ alias }: DesiredModel): void {
    this.#current!.alias = alias;
    this.#state = 'serving';
    this.#info.show(this.#current!.handle.model, alias);
  }

  #swap(desired: DesiredModel, handle: ModelHandle): void {
    const { metrics, logger } = this.#options;
    const old = this.#current?.handle;
    this.#current = { handle, alias: desired.alias };
    this.#state = 'serving';
    this.#failure = undefined;
    const { manifest, engine, precision } = handle.model;
    this.#info.show(handle.model, desired.alias);
    metrics.modelSwaps.inc({ result: 'ok' });
    const { alias } = desired;
    const { version, license } = manifest;
    logger.info({ alias, version, ...engine, ...precision, license }, 'model serves');
    this.#replace(old);
    for (const listener of this.#swapListeners) listener(handle.model);
  }

  /** Puts the replaced version on standby, where there is room for it, and retires the one that was there. */
  #replace(old: ModelHandle | undefined): void {
    const oldStandby = this.#standby;
    const keeps = old !== undefined && (this.#options.mayKeepPrevious?.(old.model) ?? false);
    this.#standby = keeps ? old : undefined;
    if (!keeps) this.#disposals.retire(old);
    if (oldStandby !== this.#current?.handle) this.#disposals.retire(oldStandby);
  }
}

function versionOf({ model }: ModelHandle): number {
  return model.manifest.version;
}
