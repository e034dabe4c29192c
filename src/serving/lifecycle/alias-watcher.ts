import { systemClock, type Clock } from '../../common/clock.ts';
import { messageOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import type { Alias, ModelRegistry } from '../../registry/registry.ts';
import { backOffMs, withJitter } from '../../common/back-off.ts';
import type { DesiredModel } from '../../registry/loading/loaded-model.ts';

/**
 * A registry that does not answer is asked again after this, doubling up to half the poll interval: once it is back,
 * the wait, a request that is still hanging and a load fit into two intervals.
 */
const FIRST_RETRY_MS = 1000;
/** Share of the interval by which polls vary, so that many servers do not ask in step. */
const JITTER = 0.1;

/** Who is told what an alias stands for. */
export interface AliasFollower {
  setDesired(desired: DesiredModel, pointer: Alias): void;
  reportSourceFault(reason: string): void;
  /** That there is no such alias. Where it is not given, that is a fault of the source. */
  reportMissing?(): void;
}

export interface AliasWatcherOptions {
  registry: ModelRegistry;
  modelName: string;
  alias: string;
  pollMs: number;
  manager: AliasFollower;
  logger: Logger;
  metrics: Pick<Metrics, 'registryPolls' | 'registryLastSuccess'>;
  /** In [0, 1). */
  random?: () => number;
  clock?: Clock;
}

/**
 * Reads the alias again and again and tells the manager which version it stands for; nothing more. Where the registry
 * does not answer from the start, it goes by what the registry remembers.
 */
export class AliasWatcher {
  readonly #options: AliasWatcherOptions;
  readonly #random: () => number;
  readonly #clock: Clock;
  #cancelPoll: () => void = () => undefined;
  #polling: Promise<void> | undefined;
  #failures = 0;
  /** What was last logged of the registry; each change is one line. */
  #fault: string | undefined;
  /** Whether the manager knows of a wish. */
  #desired = false;
  #stopped = false;

  constructor(options: AliasWatcherOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#clock = options.clock ?? systemClock;
  }

  /** Polls at once, then at each interval. Never rejects. */
  start(): Promise<void> {
    return this.poll();
  }

  /** Polls now. Where a poll is under way it joins that one, and asks once more after it. */
  async poll(): Promise<void> {
    if (this.#polling !== undefined) await this.#polling;
    this.#polling ??= this.#pollOnce().finally(() => (this.#polling = undefined));
    await this.#polling;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelPoll();
  }

  async #pollOnce(): Promise<void> {
    this.#cancelPoll();
    const { metrics } = this.#options;
    try {
      await this.#readAlias();
      this.#failures = 0;
      metrics.registryPolls.inc({ result: 'ok' });
      metrics.registryLastSuccess.setToCurrentTime();
    } catch (error) {
      this.#failures += 1;
      metrics.registryPolls.inc({ result: 'failed' });
      await this.#recallAlias();
      this.#report(`The registry does not answer: ${messageOf(error)}`);
    }
    if (this.#stopped) return;
    this.#cancelPoll = this.#clock.after(this.#nextPollMs(), () => void this.poll());
  }

  async #readAlias(): Promise<void> {
    const { registry, modelName, alias, manager } = this.#options;
    const pointer = await registry.readAlias(modelName, alias);
    if (this.#stopped) return;
    if (pointer !== undefined) {
      manager.setDesired({ alias, version: pointer.version }, pointer);
      this.#desired = true;
      this.#clearFault();
      return;
    }
    if (manager.reportMissing !== undefined) {
      manager.reportMissing();
      this.#clearFault();
      return;
    }
    this.#report(
      `There is no alias "${alias}" of ${modelName} in ${registry.location}: npm run publish -- FOLDER brings a version there, ` +
        `npm run promote -- VERSION --alias ${alias} lets it serve.`,
    );
  }

  /** Where nothing was wished for yet: what the alias stood for when it was last read, by this or an earlier process. */
  async #recallAlias(): Promise<void> {
    const { registry, modelName, alias, manager, logger } = this.#options;
    if (this.#desired) return;
    const pointer = await registry.recallAlias(modelName, alias).catch((error: unknown) => {
      logger.warn({ err: error }, 'the remembered alias cannot be read');
      return undefined;
    });
    if (pointer === undefined || this.#stopped) return;
    this.#desired = true;
    logger.warn({ alias, version: pointer.version }, 'going by the alias as it was last read');
    manager.setDesired({ alias, version: pointer.version }, pointer);
  }

  #report(fault: string): void {
    if (this.#stopped) return;
    this.#options.manager.reportSourceFault(fault);
    if (fault === this.#fault) return;
    this.#fault = fault;
    this.#options.logger.warn(fault);
  }

  #clearFault(): void {
    if (this.#fault === undefined) return;
    this.#fault = undefined;
    this.#options.logger.info('the registry answers again');
  }

  #nextPollMs(): number {
    const { pollMs } = this.#options;
    const waitMs =
      this.#failures === 0
        ? pollMs
        : backOffMs(this.#failures, { minMs: FIRST_RETRY_MS, maxMs: pollMs / 2 });
    return withJitter(waitMs, JITTER, this.#random);
  }
}
