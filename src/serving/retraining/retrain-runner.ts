import type { CommandLine } from '../../common/process/child-process.ts';
import { messageOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import { startAtZero } from '../../common/metrics/operation-metrics.ts';
import {
  retrainOutcomes,
  type RetrainReason,
  type RetrainResult,
  type RetrainStatus,
} from '../../registry/retrain-record.ts';
import type { LastRunFile } from './last-run-file.ts';
import { CannotTrainError } from './retrain-command.ts';
import { RetrainRun } from './retrain-run.ts';

export interface RetrainRunnerOptions {
  /** @throws CannotTrainError */
  command: () => CommandLine;
  /** The folder for the status files of runs. */
  stateDir: string;
  lastRun: Pick<LastRunFile, 'read' | 'write'>;
  /** How long after the end of a run drift cannot start another one. */
  coolDownMs: number;
  hide: (text: string) => string;
  logger: Pick<Logger, 'info' | 'warn'>;
  metrics: Pick<Metrics, 'retrainRuns' | 'retrainRunning' | 'retrainLastRun'>;
  /** Wall-clock milliseconds. */
  nowMs?: () => number;
  /** Called with each line of output, without secrets. */
  onLine?: (line: string) => void;
  /** Called after each run. */
  onEnded?: (result: RetrainResult) => void;
}

export type StartResult =
  | { started: true; startedAt: string }
  | { started: false; why: 'running' | 'stopping' }
  | { started: false; why: 'cooling-down'; until: string }
  | { started: false; why: 'cannot-train'; detail: string };

/** The state of retraining, for people. */
export interface RetrainView {
  run: { reason: RetrainReason; startedAt: string; status: RetrainStatus | undefined } | undefined;
  last: RetrainResult | undefined;
  /** The output of the running retraining, or of the last one that this process started. */
  log: readonly string[];
  /** The end of the cool-down during which drift cannot start a run. */
  coolingDownUntil: string | undefined;
}

/** Starts retrainings as child processes, one at a time, and remembers the result of the last one. */
export class RetrainRunner {
  readonly #options: RetrainRunnerOptions;
  readonly #nowMs: () => number;
  #run: RetrainRun | undefined;
  #ended: Promise<RetrainResult | undefined> = Promise.resolve(undefined);
  #last: RetrainResult | undefined;
  #log: readonly string[] = [];
  #stopping = false;

  constructor(options: RetrainRunnerOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    startAtZero(options.metrics.retrainRuns, 'result', retrainOutcomes);
  }

  /** Restores the last run of an earlier process, with its cool-down. */
  async recall(): Promise<void> {
    const last = await this.#options.lastRun.read();
    if (last !== undefined) this.#setLast(last);
  }

  /**
   * Starts a run unless one is in progress. For drift, the cool-down after the last run must also be over.
   * @param args arguments added to those of the command
   */
  start(reason: RetrainReason, args: readonly string[] = []): StartResult {
    if (this.#stopping) return { started: false, why: 'stopping' };
    if (this.#run !== undefined) return { started: false, why: 'running' };
    const until = reason.kind === 'drift' ? this.#coolingDownUntil() : undefined;
    if (until !== undefined) return { started: false, why: 'cooling-down', until };
    try {
      const command = this.#options.command();
      return this.#begin(reason, { ...command, args: [...command.args, ...args] });
    } catch (error) {
      if (!(error instanceof CannotTrainError)) throw error;
      return { started: false, why: 'cannot-train', detail: error.message };
    }
  }

  /** Resolves when no run is in progress, with the result of the run that it waited for. Never rejects. */
  idle(): Promise<RetrainResult | undefined> {
    return this.#ended;
  }

  /** Asks a running retraining to stop, and starts no more. `idle` resolves when it has stopped. */
  stop(): void {
    this.#stopping = true;
    this.#run?.terminate();
  }

  async view(): Promise<RetrainView> {
    const run = this.#run;
    const status = await run?.status();
    return {
      run: run && { reason: run.reason, startedAt: run.startedAt, status },
      last: this.#last,
      log: run?.log ?? this.#log,
      coolingDownUntil: this.#coolingDownUntil(),
    };
  }

  #begin(reason: RetrainReason, command: CommandLine): StartResult {
    const { stateDir, hide, onLine, logger, metrics } = this.#options;
    const run = new RetrainRun({ command, reason, stateDir, hide, onLine, nowMs: this.#nowMs });
    this.#run = run;
    this.#ended = run.ended.then((result) => this.#finish(run, result));
    metrics.retrainRunning.set(1);
    logger.info({ ...reason, pid: run.pid }, 'retraining started');
    return { started: true, startedAt: run.startedAt };
  }

  async #finish(run: RetrainRun, result: RetrainResult): Promise<RetrainResult> {
    const { metrics, logger, lastRun } = this.#options;
    this.#log = run.log;
    this.#setLast(result);
    metrics.retrainRuns.inc({ result: result.outcome });
    const level = result.outcome === 'failed' || result.outcome === 'usage' ? 'warn' : 'info';
    logger[level](result, 'retraining ended');
    await lastRun.write(result).catch((error: unknown) => {
      logger.warn(
        `Could not save the result of the retraining for the next start: ${messageOf(error)}`,
      );
    });
    metrics.retrainRunning.set(0);
    this.#run = undefined;
    this.#options.onEnded?.(result);
    return result;
  }

  #setLast(result: RetrainResult): void {
    this.#last = result;
    const seconds = Date.parse(result.endedAt) / 1000;
    this.#options.metrics.retrainLastRun.set({ result: result.outcome }, seconds);
  }

  #coolingDownUntil(): string | undefined {
    if (this.#last === undefined) return undefined;
    const untilMs = Date.parse(this.#last.endedAt) + this.#options.coolDownMs;
    return untilMs > this.#nowMs() ? new Date(untilMs).toISOString() : undefined;
  }
}
