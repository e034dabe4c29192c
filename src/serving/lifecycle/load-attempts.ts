import type { Clock } from '../../common/clock.ts';
import { messageOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { backOffMs, type BackOffOptions } from '../../common/back-off.ts';
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
  /** Told why an attempt failed; the next one is arranged for. */
  onFailed: (reason: string) => void;
}

/** One try; aborted as soon as a newer wish overtakes it. */
interface Attempt {
  readonly desired: DesiredModel;
  readonly failures: number;
  readonly abort: AbortController;
}

/**
 * Tries to load one version until it succeeds or is overtaken.
 * Invariant: a load that was overtaken is disposed, never handed on.
 */
export class LoadAttempts {
  readonly #options: LoadAttemptsOptions;
  #attempt: Attempt | undefined;
  #failure: string | undefined;
  #cancelRetry: () => void = () => undefined;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: LoadAttemptsOptions) {
    this.#options = options;
  }

  begin(desired: DesiredModel): void {
    this.cancel();
    this.#start({ desired, failures: 0, abort: new AbortController() });
  }

  /** Overtakes what is under way or arranged for. */
  cancel(): void {
    this.#cancelRetry();
    this.#attempt?.abort.abort();
    this.#attempt = undefined;
    this.#failure = undefined;
  }

  /** Resolves when no load is under way any more, overtaken ones included. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #start(attempt: Attempt): void {
    const { logger, onStart } = this.#options;
    this.#attempt = attempt;
    onStart();
    const level = attempt.failures === 0 ? 'info' : 'debug';
    logger[level]({ ...attempt.desired }, 'loading model');
    const work = this.#load(attempt)
      .catch((error: unknown) => logger.error({ err: error }, 'model lifecycle'))
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
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
    this.#failure = undefined;
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
    const waitMs = backOffMs(failures, retry);
    const reason = `Version ${attempt.desired.version} could not be loaded: ${messageOf(error)}`;
    this.#log(attempt, { reason, error, waitMs });
    onFailed(reason);
    const again: Attempt = { ...attempt, failures };
    this.#attempt = again;
    this.#cancelRetry = clock.after(waitMs, () => this.#start(again));
  }

  /** One line for each new reason; that it still holds is for those who debug. */
  #log(
    { desired }: Attempt,
    { reason, error, waitMs }: { reason: string; error: unknown; waitMs: number },
  ): void {
    const level = reason === this.#failure ? 'debug' : 'error';
    this.#failure = reason;
    this.#options.logger[level]({ ...desired, err: error, retryInMs: waitMs }, 'load failed');
  }
}
