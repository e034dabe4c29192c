import { describe, expect, it } from 'vitest';
import { parseSnapshot } from '../../../bench/support/server-metrics.ts';
import { createMetrics } from '../../../src/common/metrics/metrics.ts';

describe("the server's metrics", () => {
  it('are read from what the service exports', async () => {
    const metrics = createMetrics();
    metrics.images.inc({ outcome: 'ok' }, 7);
    metrics.images.inc({ outcome: 'image_undecodable' });
    metrics.inferenceDuration.observe({ version: '1' }, 0.5);
    metrics.inferenceDuration.observe({ version: '2' }, 1);
    metrics.eventLoopDelay.set({ quantile: '0.5' }, 0.001);
    metrics.eventLoopDelay.set({ quantile: '0.99' }, 0.125);
    const model = {
      version: '1',
      alias: 'production',
      engine: 'onnxruntime',
      device: 'cpu',
      digest: 'a"b',
    };
    metrics.modelInfo.set(model, 1);

    const snapshot = parseSnapshot(await metrics.registry.metrics());

    expect(snapshot).toMatchObject({
      images: 8,
      batches: 2,
      eventLoopDelayP99Ms: 125,
    });
    expect(snapshot.model).toMatchObject({ engine: 'onnxruntime', device: 'cpu', version: '1' });
    expect(snapshot.cpuSeconds).toBeGreaterThan(0);
  });

  it('may lack the event-loop delay', () => {
    expect(parseSnapshot('face_age_images_total 3\n')).toMatchObject({
      images: 3,
      eventLoopDelayP99Ms: Number.NaN,
      model: {},
    });
  });
});
