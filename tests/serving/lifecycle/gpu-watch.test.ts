import { beforeEach, describe, expect, it } from 'vitest';
import { GpuWatch, readsGpus } from '../../../src/serving/lifecycle/gpu-watch.ts';
import type { NvidiaSmiListener } from '../../../src/inference/engine/nvidia-smi.ts';
import { createMetrics, type Metrics } from '../../../src/common/metrics/metrics.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { recordingLogger, type RecordingLogger } from '../../support/fakes/recording-logger.ts';

const MEBIBYTE = 2 ** 20;
const SILENCE_MS = 60_000;
const REPORTED = 'nvidia-smi does not report the GPUs';

/** Prints what the test has it print. */
interface HeldNvidiaSmi extends NvidiaSmiListener {
  isKilled: boolean;
}

let clock: ManualClock;
let metrics: Metrics;
let recorded: RecordingLogger;
let started: HeldNvidiaSmi[];
let watch: GpuWatch;
const latest = () => started.at(-1)!;

beforeEach(() => {
  clock = new ManualClock();
  metrics = createMetrics();
  recorded = recordingLogger();
  started = [];
  const startNvidiaSmi = (listener: NvidiaSmiListener) => {
    const held = { ...listener, isKilled: false };
    started.push(held);
    return () => void (held.isKilled = true);
  };
  watch = new GpuWatch({ startNvidiaSmi, metrics, logger: recorded.logger, clock });
  watch.start();
});

async function seriesOf(name: string): Promise<Record<string, number>> {
  const text = await metrics.registry.getSingleMetricAsString(`face_age_gpu_${name}`);
  const series = text.matchAll(/^face_age_gpu_\w+(?:\{gpu="(\d+)"\})? (\S+)$/gm);
  return Object.fromEntries(Array.from(series, ([, gpu = '', value]) => [gpu, Number(value)]));
}

async function expectNoFigures(): Promise<void> {
  for (const name of ['memory_used_bytes', 'memory_total_bytes', 'utilization_ratio'])
    expect(await seriesOf(name)).toEqual({});
}

describe('the output of nvidia-smi', () => {
  it('is shown by GPU, the latest of each', async () => {
    latest().onLine('0, 10, 100, 50');
    latest().onLine('1, 20, 200, 0');
    latest().onLine('0, 30, 100, 100');
    expect(await seriesOf('memory_used_bytes')).toEqual({ 0: 30 * MEBIBYTE, 1: 20 * MEBIBYTE });
    expect(await seriesOf('memory_total_bytes')).toEqual({ 0: 100 * MEBIBYTE, 1: 200 * MEBIBYTE });
    expect(await seriesOf('utilization_ratio')).toEqual({ 0: 1, 1: 0 });
    expect(await seriesOf('reading_failed')).toEqual({ '': 0 });
    expect(recorded.logged('warn')).toEqual([]);
  });

  it('has no series for a value that is not, or is no longer, a number', async () => {
    latest().onLine('0, 10, 100, 50');
    latest().onLine('0, 10, 100, [N/A]');
    expect(await seriesOf('utilization_ratio')).toEqual({});
    expect(await seriesOf('memory_used_bytes')).toEqual({ 0: 10 * MEBIBYTE });
    expect(await seriesOf('reading_failed')).toEqual({ '': 0 });
  });

  it('is dropped for a GPU that it no longer lists', async () => {
    latest().onLine('0, 10, 100, 50');
    latest().onLine('1, 20, 200, 0');
    for (let passedMs = 0; passedMs <= SILENCE_MS; passedMs += 15_000) {
      await clock.advance(15_000);
      latest().onLine('0, 10, 100, 50');
    }
    for (const name of ['memory_used_bytes', 'memory_total_bytes', 'utilization_ratio'])
      expect(Object.keys(await seriesOf(name))).toEqual(['0']);
  });

  it('may have other lines between', async () => {
    latest().onLine('WARNING: infoROM is corrupted at gpu 0000:00:1E.0');
    latest().onLine('0, 10, 100, 50');
    latest().onLine('');
    expect(await seriesOf('reading_failed')).toEqual({ '': 0 });
    expect(recorded.logged('warn')).toEqual([]);
  });
});

describe('an nvidia-smi that prints nothing', () => {
  it('is ended, and its figures with it', async () => {
    latest().onLine('0, 10, 100, 50');
    await clock.advance(SILENCE_MS - 1);
    expect(latest().isKilled).toBe(false);
    await clock.advance(1);
    expect(latest().isKilled).toBe(true);
    await expectNoFigures();
    expect(await seriesOf('reading_failed')).toEqual({ '': 1 });
    expect(recorded.logged('warn')).toEqual([REPORTED]);
  });

  it('is ended if it prints nothing useful', async () => {
    for (let line = 0; line < 4; line++) {
      latest().onLine('No devices were found');
      await clock.advance(SILENCE_MS / 4);
    }
    expect(latest().isKilled).toBe(true);
    expect(recorded.logged('warn')).toEqual([REPORTED]);
  });

  it('is awaited if it does not exit: there are never two', async () => {
    await clock.advance(SILENCE_MS + 24 * 3_600_000);
    expect(started).toHaveLength(1);
    latest().onEnd('ended by SIGKILL');
    await clock.advance(15_000);
    expect(started).toHaveLength(2);
  });
});

describe('an nvidia-smi that ends', () => {
  it('is restarted, later each time, and logged once', async () => {
    const waitsMs = [15, 30, 60, 120, 240, 480, 900, 900].map((seconds) => seconds * 1000);
    for (const [index, waitMs] of waitsMs.entries()) {
      latest().onEnd('ended with status 9');
      await clock.advance(waitMs - 1);
      expect(started).toHaveLength(index + 1);
      await clock.advance(1);
      expect(started).toHaveLength(index + 2);
    }
    expect(recorded.logged('warn')).toEqual([REPORTED]);
    expect(await seriesOf('reading_failed')).toEqual({ '': 1 });
  });

  it('has recovered when it reports a GPU, and is restarted soon the next time', async () => {
    latest().onLine('0, 10, 100, 50');
    latest().onEnd('ended with status 9');
    await expectNoFigures();
    await clock.advance(15_000);
    await clock.advance(SILENCE_MS - 1);
    latest().onLine('0, 10, 100, 50');
    expect(await seriesOf('reading_failed')).toEqual({ '': 0 });
    expect(recorded.logged('info')).toEqual(['nvidia-smi reports the GPUs again']);
    await clock.advance(2);
    latest().onEnd('ended with status 9');
    await clock.advance(15_000);
    expect(started).toHaveLength(3);
    expect(recorded.logged('warn')).toEqual([REPORTED, REPORTED]);
  });
});

describe('a watch that is stopped', () => {
  it('ends nvidia-smi and starts no other', async () => {
    watch.stop();
    expect(latest().isKilled).toBe(true);
    latest().onEnd('ended by SIGKILL');
    await clock.advance(24 * 3_600_000);
    expect(started).toHaveLength(1);
    expect(recorded.logged('warn')).toEqual([]);
  });

  it('starts none that was due', async () => {
    latest().onEnd('ended with status 9');
    watch.stop();
    await clock.advance(24 * 3_600_000);
    expect(started).toHaveLength(1);
  });
});

describe('GPUs are read', () => {
  it('by default only if there is a driver', () => {
    expect(readsGpus('auto', () => true)).toBe(true);
    expect(readsGpus('auto', () => false)).toBe(false);
  });

  it('or left alone as the setting says', () => {
    expect(readsGpus('on', () => false)).toBe(true);
    expect(readsGpus('off', () => true)).toBe(false);
  });
});
