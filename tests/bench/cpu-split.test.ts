import { describe, expect, it } from 'vitest';
import { splitCpu, threadCpuSeconds } from '../../bench/cpu-split.ts';
import { toSnapshot } from '../../bench/server-metrics.ts';

const snapshot = (figures: Record<string, number>, eventLoopSeconds: number) => ({
  server: toSnapshot(
    Object.entries(figures)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  ),
  eventLoopSeconds,
});

describe('the split of CPU time', () => {
  it('counts per image, from the difference of two snapshots', () => {
    const before = snapshot({ process_cpu_seconds_total: 5, face_age_images_total: 100 }, 2);
    const after = snapshot(
      {
        process_cpu_seconds_total: 8,
        face_age_images_total: 1100,
        face_age_inference_duration_seconds_count: 200,
      },
      3,
    );
    expect(splitCpu(before, after, 0.25)).toEqual({
      totalMs: 3,
      preprocessMs: 0.25,
      inferenceMs: 2,
      restMs: 0.75,
      imagesPerBatch: 5,
    });
  });

  it('leaves the threads open where the system does not tell them apart', () => {
    const before = snapshot({}, Number.NaN);
    const after = snapshot({ face_age_images_total: 1, process_cpu_seconds_total: 1 }, Number.NaN);
    expect(splitCpu(before, after, 0.25)).toMatchObject({
      totalMs: 1000,
      inferenceMs: Number.NaN,
      restMs: Number.NaN,
    });
  });
});

describe("a thread's CPU time", () => {
  it('is user and system time, whatever its name holds', () => {
    const fields = ['S', ...Array.from({ length: 10 }, () => '1'), '250', '50', '7', '7'];
    expect(threadCpuSeconds(`12 (no) de 9) ${fields.join(' ')}`)).toBe(3);
  });
});
