import { systemClock, type Clock } from '../../common/clock.ts';
import { messageOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import type { Alias, ModelRegistry } from '../../registry/registry.ts';
import { backOffMs, withJitter } from '../../common/back-off.ts';
import type { DesiredModel } from '../../registry/loading/loaded-model.ts';
import type { ServerResources } from './server-resources.ts';

/**
 * The first retry of a registry that does not answer; the wait then doubles up to half the poll interval. So once the
 * registry is reachable again, the wait, a hanging request and a load fit into two intervals.
 */
const FIRST_RETRY_MS = 1000;
/** Share of the interval by which polls vary, so that many servers do not poll in step. */
const JITTER = 0.1;

/** What follows an alias. */
export interface AliasFollower {
  setDesired(desired: DesiredModel, pointer: Alias): void;
  reportSourceFault(reason: string): void;
  /** Called where the alias does not exist; without this method, that counts as a source fault. */
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
 * Polls an alias and passes the version that it names to its follower. Where the registry does not answer from the
 * start, it uses the locally remembered alias.
 */
export class AliasWatcher {
  readonly #options: AliasWatcherOptions;
  readonly #random: () => number;
  readonly #clock: Clock;
  #cancelPoll: () => void = () => undefined;
  #polling: Promise<void> | undefined;
  #failures = 0;
  /** The last logged fault; each change is logged once. */
  #fault: string | undefined;
  /** Whether the follower has been given a version. */
  #hasDesired = false;
  #stopped = false;

  constructor(options: AliasWatcherOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#clock = options.clock ?? systemClock;
  }

  /** Polls now, then at each interval. Never rejects. */
  start(): Promise<void> {
    return this.poll();
  }

  /** Polls now; where a poll is under way, waits for it and polls once more. */
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
      this.#hasDesired = true;
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

  /** Before the first version is known: uses the alias as this or an earlier process last read it. */
  async #recallAlias(): Promise<void> {
    const { registry, modelName, alias, manager, logger } = this.#options;
    if (this.#hasDesired) return;
    const pointer = await registry.recallAlias(modelName, alias).catch((error: unknown) => {
      logger.warn({ err: error }, 'cannot read the remembered alias');
      return undefined;
    });
    if (pointer === undefined || this.#stopped) return;
    this.#hasDesired = true;
    logger.warn({ alias, version: pointer.version }, 'using the alias as it was last read');
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

/** Creates the watcher of one of the served model's aliases, polling as often as the settings say. */
export function followAlias(
  resources: ServerResources,
  alias: string,
  manager: AliasFollower,
): AliasWatcher {
  const { MODEL_NAME, REGISTRY_POLL_SECONDS } = resources.config;
  const pollMs = REGISTRY_POLL_SECONDS * 1000;
  return new AliasWatcher({ ...resources, modelName: MODEL_NAME, alias, pollMs, manager });
}
