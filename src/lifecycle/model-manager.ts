import { systemClock, type Clock } from '../clock.ts';
import { ServiceError, messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { backOffMs, type BackOffOptions } from './back-off.ts';
import type { LoadedModel } from './loaded-model.ts';
import { ModelHandle, type BorrowedModel } from './model-handle.ts';
import { dropVersion, showServing } from './model-metrics.ts';
import type { DesiredModel, ModelState, ModelStatus } from './model-status.ts';

/**
 * Loads, verifies and warms up a version.
 * @throws Error saying why it cannot; nothing of it is left then.
 */
export type LoadModel = (wish: DesiredModel, signal: AbortSignal) => Promise<LoadedModel>;

export interface ModelManagerOptions {
  load: LoadModel;
  logger: Logger;
  metrics: Metrics;
  /** Default 1 s to 60 s. */
  retry?: BackOffOptions;
  clock?: Clock;
}

/** A try at the current wish; aborted as soon as a newer wish overtakes it. */
interface Attempt {
  readonly wish: DesiredModel;
  readonly failures: number;
  readonly abort: AbortController;
}

/**
 * Brings about the desired model: load, verify, warm up, swap, drain, dispose. The first load and every swap
 * take this road.
 * Invariants: whatever fails before the swap leaves the current version serving; a load that was overtaken is
 * disposed, never applied; every loaded model is disposed exactly once.
 */
export class ModelManager {
  readonly #options: ModelManagerOptions;
  readonly #retry: BackOffOptions;
  readonly #clock: Clock;
  #current: { handle: ModelHandle; alias: string } | undefined;
  #desired: DesiredModel | undefined;
  #attempt: Attempt | undefined;
  #cancelRetry: () => void = () => undefined;
  #state: ModelState = 'waiting';
  #failure: string | undefined;
  #sourceFault: string | undefined = 'The registry has not been read yet.';
  #closed = false;
  /** Loads under way and models being drained; `close` waits for them. */
  readonly #background = new Set<Promise<void>>();

  constructor(options: ModelManagerOptions) {
    this.#options = options;
    this.#retry = options.retry ?? { minMs: 1000, maxMs: 60_000 };
    this.#clock = options.clock ?? systemClock;
  }

  get status(): ModelStatus {
    const current = this.#current && {
      model: this.#current.handle.model,
      alias: this.#current.alias,
      inFlight: this.#current.handle.inFlight,
    };
    const reason = this.#failure ?? this.#sourceFault;
    return { state: this.#state, reason, current, desired: this.#desired };
  }

  /** States the wish. Stating it again changes nothing; a newer one overtakes an older one's load. */
  setDesired(wish: DesiredModel): void {
    this.#sourceFault = undefined;
    const known = this.#desired;
    if (this.#closed || (known?.version === wish.version && known.alias === wish.alias)) return;
    this.#desired = wish;
    this.#overtake();
    if (this.#current?.handle.model.manifest.version === wish.version) this.#keepCurrent(wish);
    else this.#start({ wish, failures: 0, abort: new AbortController() });
  }

  /** Why the registry states no wish, for `status` and for the answers while no model serves. What serves stays. */
  reportSourceFault(reason: string): void {
    this.#sourceFault = reason;
  }

  /** @throws ServiceError `model_not_ready` or `shutting_down`. */
  borrow(): BorrowedModel {
    if (this.#closed) throw new ServiceError('shutting_down', 'The server is shutting down.');
    if (this.#current !== undefined) return this.#current.handle.borrow();
    throw this.notReady();
  }

  /** The error that says why no model serves yet. */
  notReady(): ServiceError {
    const why = this.status.reason ?? 'The model is being loaded.';
    return new ServiceError('model_not_ready', why, { retryAfterSeconds: 5 });
  }

  /** Gives up loading, and returns when every borrowed model is back and disposed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#overtake();
    const { handle } = this.#current ?? {};
    this.#current = undefined;
    if (handle !== undefined) this.#retire(handle);
    await Promise.all(this.#background);
  }

  #overtake(): void {
    this.#cancelRetry();
    this.#attempt?.abort.abort();
    this.#attempt = undefined;
    this.#failure = undefined;
  }

  #keepCurrent({ alias }: DesiredModel): void {
    this.#current!.alias = alias;
    this.#state = 'serving';
    showServing(this.#options.metrics, this.#current!.handle.model, alias);
  }

  #start(attempt: Attempt): void {
    this.#attempt = attempt;
    this.#state = 'loading';
    this.#options.logger.info({ ...attempt.wish }, 'loading model');
    this.#inBackground(this.#load(attempt));
  }

  async #load(attempt: Attempt): Promise<void> {
    const startedAtMs = this.#clock.now();
    let model: LoadedModel;
    try {
      model = await this.#options.load(attempt.wish, attempt.abort.signal);
    } catch (error) {
      this.#fail(attempt, error);
      return;
    }
    if (this.#attempt !== attempt) {
      this.#countSwap('overtaken');
      await model.dispose();
      return;
    }
    this.#options.metrics.modelLoadDuration.observe((this.#clock.now() - startedAtMs) / 1000);
    this.#swap(attempt, model);
  }

  #swap({ wish }: Attempt, model: LoadedModel): void {
    const old = this.#current;
    this.#current = { handle: new ModelHandle(model), alias: wish.alias };
    this.#attempt = undefined;
    this.#state = 'serving';
    this.#failure = undefined;
    showServing(this.#options.metrics, model, wish.alias);
    this.#countSwap('ok');
    const { license } = model.manifest;
    this.#options.logger.info({ ...wish, ...model.engine, license }, 'model serves');
    if (old !== undefined) this.#retire(old.handle);
  }

  #fail(attempt: Attempt, error: unknown): void {
    if (this.#attempt !== attempt) {
      this.#countSwap('overtaken');
      return;
    }
    const failures = attempt.failures + 1;
    const waitMs = backOffMs(failures, this.#retry);
    this.#state = 'failed';
    this.#failure = `Version ${attempt.wish.version} could not be loaded: ${messageOf(error)}`;
    this.#countSwap('failed');
    this.#options.logger.error({ ...attempt.wish, err: error, retryInMs: waitMs }, 'load failed');
    const again: Attempt = { ...attempt, failures };
    this.#attempt = again;
    this.#cancelRetry = this.#clock.after(waitMs, () => this.#start(again));
  }

  #retire(handle: ModelHandle): void {
    const { metrics, logger } = this.#options;
    const { version } = handle.model.manifest;
    const disposed = handle.retire().then(
      () => {
        if (this.#current?.handle.model.manifest.version !== version)
          dropVersion(metrics, handle.model);
        logger.info({ version }, 'model disposed');
      },
      (error: unknown) => logger.error({ version, err: error }, 'model could not be disposed'),
    );
    this.#inBackground(disposed);
  }

  #countSwap(result: 'ok' | 'failed' | 'overtaken'): void {
    this.#options.metrics.modelSwaps.inc({ result });
  }

  #inBackground(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#options.logger.error({ err: error }, 'model lifecycle'))
      .finally(() => this.#background.delete(tracked));
    this.#background.add(tracked);
  }
}
