import { describe, expect, it } from 'vitest';
import { splitCpu } from '../../../bench/load/cpu-split.ts';
import { parseSnapshot } from '../../../bench/support/server-metrics.ts';

const snapshot = (figures: Record<string, number>, eventLoopSeconds: number) => ({
  server: parseSnapshot(
    Object.entries(figures)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  ),
  eventLoopSeconds,
});

describe('the split of CPU time', () => {
  it('is per image, from the difference between two snapshots', () => {
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

  it('leaves threads out where the system does not count them separately', () => {
    const before = snapshot({}, Number.NaN);
    const after = snapshot({ face_age_images_total: 1, process_cpu_seconds_total: 1 }, Number.NaN);
    expect(splitCpu(before, after, 0.25)).toMatchObject({
      totalMs: 1000,
      inferenceMs: Number.NaN,
      restMs: Number.NaN,
    });
  });
});
