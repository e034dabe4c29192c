import type { Clock } from '../../common/clock.ts';
import { messageOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { backOffMs, type BackOffOptions } from '../../common/back-off.ts';
import { isHostile } from '../../registry/loading/verify-apart.ts';
import { CrashedVersionError } from './crash-guard.ts';
import type { LoadedModel, DesiredModel, LoadModel } from '../../registry/loading/loaded-model.ts';
import type { ManagerMetrics } from './model-metrics.ts';

export interface LoadAttemptsOptions {
  load: LoadModel;
  logger: Logger;
  metrics: Pick<ManagerMetrics, 'modelLoadDuration' | 'modelSwaps'>;
  retry: BackOffOptions;
  clock: Clock;
  onStart: () => void;
  onLoaded: (desired: DesiredModel, model: LoadedModel) => void;
  /** Called with the reason when an attempt fails; the next one is already scheduled. */
  onFailed: (reason: string, error: unknown) => void;
}

/** One attempt to load a version; aborted when the desired version changes. */
interface Attempt {
  readonly desired: DesiredModel;
  readonly failures: number;
  readonly abort: AbortController;
}

/**
 * Retries loading one version until a load succeeds or another version is desired.
 * Invariant: a model whose load was superseded is disposed and never handed on.
 */
export class LoadAttempts {
  readonly #options: LoadAttemptsOptions;
  #attempt: Attempt | undefined;
  /** The last logged reason. */
  #loggedReason: string | undefined;
  #cancelRetry: () => void = () => undefined;
  /** Loads under way, superseded ones included. */
  readonly #loads = new Set<Promise<void>>();

  constructor(options: LoadAttemptsOptions) {
    this.#options = options;
  }

  /** Starts loading a version, superseding any other. */
  begin(desired: DesiredModel): void {
    this.cancel();
    this.#start({ desired, failures: 0, abort: new AbortController() });
  }

  /** Aborts the load under way and cancels a scheduled retry. */
  cancel(): void {
    this.#cancelRetry();
    this.#attempt?.abort.abort();
    this.#attempt = undefined;
    this.#loggedReason = undefined;
  }

  /** Resolves when no load is under way any more, superseded ones included. */
  async settled(): Promise<void> {
    await Promise.all(this.#loads);
  }

  #start(attempt: Attempt): void {
    const { logger, onStart } = this.#options;
    this.#attempt = attempt;
    onStart();
    const level = attempt.failures === 0 ? 'info' : 'debug';
    logger[level](namesOf(attempt.desired), 'loading model');
    const work = this.#load(attempt)
      .catch((error: unknown) => logger.error({ err: error }, 'model lifecycle'))
      .finally(() => this.#loads.delete(work));
    this.#loads.add(work);
  }

  async #load(attempt: Attempt): Promise<void> {
    const { load, clock, metrics, onLoaded } = this.#options;
    const startedAtMs = clock.now();
    let model: LoadedModel;
    try {
      model = await load(attempt.desired, attempt.abort.signal);
    } catch (error) {
      this.#fail(attempt, error);
      return;
    }
    if (this.#attempt !== attempt) {
      metrics.modelSwaps.inc({ result: 'overtaken' });
      await model.dispose();
      return;
    }
    metrics.modelLoadDuration.observe((clock.now() - startedAtMs) / 1000);
    this.#attempt = undefined;
    this.#loggedReason = undefined;
    onLoaded(attempt.desired, model);
  }

  #fail(attempt: Attempt, error: unknown): void {
    const { metrics, retry, clock, onFailed } = this.#options;
    if (this.#attempt !== attempt) {
      metrics.modelSwaps.inc({ result: 'overtaken' });
      return;
    }
    metrics.modelSwaps.inc({ result: 'failed' });
    const failures = attempt.failures + 1;
    const waitMs = waitAfter(error, failures, retry);
    const reason = `Version ${attempt.desired.version} could not be loaded: ${messageOf(error)}`;
    this.#log(attempt, { reason, error, waitMs });
    const next: Attempt = { ...attempt, failures };
    this.#attempt = next;
    this.#cancelRetry = clock.after(waitMs, () => this.#start(next));
    onFailed(reason, error);
  }

  /** Logs each new reason once as an error, and its repetitions at level debug. */
  #log(
    { desired }: Attempt,
    { reason, error, waitMs }: { reason: string; error: unknown; waitMs: number },
  ): void {
    const level = reason === this.#loggedReason ? 'debug' : 'error';
    this.#loggedReason = reason;
    this.#options.logger[level](
      { ...namesOf(desired), err: error, retryInMs: waitMs },
      'load failed',
    );
  }
}

function namesOf({ alias, version }: DesiredModel): Pick<DesiredModel, 'alias' | 'version'> {
  return { alias, version };
}

/** A graph that hangs or crashes will do so again, and each attempt costs a core for up to the load's time limit. */
const HOSTILE_BACK_OFF = { minMs: 60_000, maxMs: 600_000 };

function waitAfter(error: unknown, failures: number, retry: BackOffOptions): number {
  if (error instanceof CrashedVersionError) return error.retryInMs;
  return backOffMs(failures, isHostile(error) ? HOSTILE_BACK_OFF : retry);
}
