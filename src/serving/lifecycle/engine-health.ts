import type { Clock } from '../../common/clock.ts';
import { ServiceError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import { overrunText, type OverrunFacts } from '../../inference/engine/worker-link.ts';

/** How long the other instances keep answering, so that load balancers see the failing readiness before the end. */
const LAST_ANSWERS_MS = 5000;

export interface EngineHealthOptions {
  logger: Logger;
  metrics: Pick<Metrics, 'engineOverruns'>;
  clock: Clock;
}

/**
 * Whether the engine responds. An instance that exceeds a time limit is lost, because native code in a thread cannot be
 * stopped: the process becomes unready, the other instances answer for a while, and the process ends itself.
 */
export class EngineHealth {
  readonly #options: EngineHealthOptions;
  #reason: string | undefined;
  #isEndDue = false;
  #end: ((reason: string) => void) | undefined;

  constructor(options: EngineHealthOptions) {
    this.#options = options;
  }

  /** Why the server should receive no more traffic; undefined while the engine responds. */
  get fault(): ServiceError | undefined {
    if (this.#reason === undefined) return undefined;
    return new ServiceError('model_not_ready', `${this.#reason} This server ends itself.`, {
      retryAfterSeconds: 5,
    });
  }

  /** Sets what ends the process. It is called with the reason, for each overrun and for those before this call. */
  onEnd(end: (reason: string) => void): void {
    this.#end = end;
    if (this.#isEndDue) end(this.#reason!);
  }

  /** @param canAnswer whether another instance is up */
  report(facts: OverrunFacts, canAnswer: boolean): void {
    const { logger, metrics, clock } = this.#options;
    metrics.engineOverruns.inc({ task: facts.task });
    logger.error({ ...facts }, 'the engine does not respond; this server ends itself');
    const reason = `The engine does not respond: ${overrunText(facts)}.`;
    this.#reason ??= reason;
    clock.after(canAnswer ? LAST_ANSWERS_MS : 0, () => {
      this.#isEndDue = true;
      this.#end?.(reason);
    });
  }
}
