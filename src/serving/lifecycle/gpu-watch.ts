import { backOffMs } from '../../common/back-off.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import {
  parseGpuRow,
  type GpuRow,
  INTERVAL_SECONDS,
  type StartNvidiaSmi,
} from '../../inference/engine/nvidia-smi.ts';

/** A GPU that is told of no longer has no figures; where none is, nvidia-smi hangs. */
const SILENCE_MS = 4 * INTERVAL_SECONDS * 1000;
const BACK_OFF = { minMs: 15_000, maxMs: 15 * 60_000 };
/** Of a line that is no GPU's, as a log has it. */
const WORDS_MAX_CHARACTERS = 200;

export interface GpuWatchOptions {
  startNvidiaSmi: StartNvidiaSmi;
  metrics: Pick<
    Metrics,
    'gpuMemoryUsed' | 'gpuMemoryTotal' | 'gpuUtilization' | 'gpuReadingFailed'
  >;
  logger: Logger;
  clock: Clock;
}

/**
 * Shows in the metrics what nvidia-smi tells of the GPUs. Where it does not tell, there are no figures rather than old
 * ones, the log says so once, and it is started again, later each time. Never are there two of them: one that cannot
 * even be killed, as one that waits for its driver cannot, is waited for.
 */
export class GpuWatch {
  readonly #options: GpuWatchOptions;
  /** When each GPU was last told of. */
  readonly #reportedAtMs = new Map<string, number>();
  #startedAtMs = 0;
  #lastWords = '';
  #isFailing = false;
  #isStopped = false;
  /** Ends of nvidia-smi in a row, each soon after its start. */
  #failures = 0;
  #endNvidiaSmi: () => void = () => undefined;
  #cancelTimer: () => void = () => undefined;

  constructor(options: GpuWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, startNvidiaSmi } = this.#options;
    this.#startedAtMs = clock.now();
    this.#lastWords = '';
    this.#endNvidiaSmi = startNvidiaSmi({
      onLine: (line) => this.#onLine(line),
      onEnd: (reason) => this.#onEnd(reason),
    });
    this.#awaitRow();
  }

  /** At once and for good. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
    this.#endNvidiaSmi();
  }

  #awaitRow(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(SILENCE_MS, () => {
      this.#fail(`has told of no GPU for ${SILENCE_MS / 1000} s`);
      this.#endNvidiaSmi();
    });
  }

  #onLine(line: string): void {
    const row = parseGpuRow(line);
    if (row === undefined) {
      this.#lastWords = line.trim().slice(0, WORDS_MAX_CHARACTERS) || this.#lastWords;
      return;
    }
    this.#show(row);
    this.#awaitRow();
    if (this.#isFailing) this.#options.logger.info('nvidia-smi tells of the GPUs again');
    this.#isFailing = false;
    this.#options.metrics.gpuReadingFailed.set(0);
  }

  #onEnd(reason: string): void {
    if (this.#isStopped) return;
    this.#fail(reason);
    const { clock } = this.#options;
    if (clock.now() - this.#startedAtMs > SILENCE_MS) this.#failures = 0;
    this.#cancelTimer();
    this.#failures += 1;
    this.#cancelTimer = clock.after(backOffMs(this.#failures, BACK_OFF), () => this.start());
  }

  #show({ gpu, memoryUsedBytes, memoryTotalBytes, utilization }: GpuRow): void {
    const { metrics, clock } = this.#options;
    this.#reportedAtMs.set(gpu, clock.now());
    setOrRemove(metrics.gpuMemoryUsed, gpu, memoryUsedBytes);
    setOrRemove(metrics.gpuMemoryTotal, gpu, memoryTotalBytes);
    setOrRemove(metrics.gpuUtilization, gpu, utilization);
    for (const [other, reportedAtMs] of this.#reportedAtMs)
      if (clock.now() - reportedAtMs > SILENCE_MS) this.#forget(other);
  }

  #fail(reason: string): void {
    for (const gpu of this.#reportedAtMs.keys()) this.#forget(gpu);
    this.#options.metrics.gpuReadingFailed.set(1);
    if (this.#isFailing) return;
    this.#isFailing = true;
    const facts = { reason, lastWords: this.#lastWords };
    this.#options.logger.warn(facts, 'nvidia-smi does not tell of the GPUs');
  }

  #forget(gpu: string): void {
    this.#reportedAtMs.delete(gpu);
    const { gpuMemoryUsed, gpuMemoryTotal, gpuUtilization } = this.#options.metrics;
    for (const gauge of [gpuMemoryUsed, gpuMemoryTotal, gpuUtilization]) gauge.remove({ gpu });
  }
}

function setOrRemove(
  gauge: Metrics['gpuMemoryUsed'],
  gpu: string,
  value: number | undefined,
): void {
  if (value === undefined) gauge.remove({ gpu });
  else gauge.set({ gpu }, value);
}
