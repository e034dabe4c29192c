import { backOffMs } from '../../common/back-off.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import {
  hasNvidiaDriver,
  nvidiaSmiStarter,
  parseGpuRow,
  type GpuRow,
  INTERVAL_SECONDS,
  type StartNvidiaSmi,
} from '../../inference/engine/nvidia-smi.ts';
import type { ServerResources } from './server-resources.ts';

/** After this long without a row, a GPU's metrics are removed; without a row of any GPU, nvidia-smi hangs. */
const SILENCE_MS = 4 * INTERVAL_SECONDS * 1000;
const BACK_OFF = { minMs: 15_000, maxMs: 15 * 60_000 };
/** The longest part of an unexpected output line that the log shows. */
const OUTPUT_MAX_CHARACTERS = 200;

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
 * Publishes the rows that nvidia-smi prints as metrics. When it stops printing, the metrics are removed rather than left
 * stale, the log reports it once, and nvidia-smi is restarted with growing delays. There is at most one at a time: a
 * process that cannot be killed, because it waits for the driver, delays the restart until it has ended.
 */
export class GpuWatch {
  readonly #options: GpuWatchOptions;
  /** When each GPU's last row arrived. */
  readonly #reportedAtMs = new Map<string, number>();
  #startedAtMs = 0;
  #lastOutput = '';
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
    this.#lastOutput = '';
    this.#endNvidiaSmi = startNvidiaSmi({
      onLine: (line) => this.#onLine(line),
      onEnd: (reason) => this.#onEnd(reason),
    });
    this.#awaitRow();
  }

  /** Ends nvidia-smi now and for good. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
    this.#endNvidiaSmi();
  }

  #awaitRow(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(SILENCE_MS, () => {
      this.#fail(`has printed no row for ${SILENCE_MS / 1000} s`);
      this.#endNvidiaSmi();
    });
  }

  #onLine(line: string): void {
    const row = parseGpuRow(line);
    if (row === undefined) {
      this.#lastOutput = line.trim().slice(0, OUTPUT_MAX_CHARACTERS) || this.#lastOutput;
      return;
    }
    this.#show(row);
    this.#awaitRow();
    if (this.#isFailing) this.#options.logger.info('nvidia-smi reports the GPUs again');
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
    const logFields = { reason, lastWords: this.#lastOutput };
    this.#options.logger.warn(logFields, 'nvidia-smi does not report the GPUs');
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

/** Whether this server reports GPU metrics: with `auto`, where an NVIDIA driver is present. */
export function readsGpus(
  requested: ServerResources['config']['GPU_METRICS'],
  hasDriver: () => boolean = hasNvidiaDriver,
): boolean {
  return requested === 'on' || (requested === 'auto' && hasDriver());
}

/**
 * Starts reading the GPUs until this process exits. Call it early: nvidia-smi is forked from this process, which is
 * cheaper while the process is small.
 */
export function watchGpus({ config, metrics, logger, clock }: ServerResources): void {
  if (!readsGpus(config.GPU_METRICS)) return;
  const watch = new GpuWatch({ startNvidiaSmi: nvidiaSmiStarter(), metrics, logger, clock });
  watch.start();
  process.once('exit', () => watch.stop());
}
