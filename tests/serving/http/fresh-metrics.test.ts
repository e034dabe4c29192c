import { describe, expect, it } from 'vitest';
import { createTestService } from '../../support/test-service.ts';

async function seriesOf(ready: boolean): Promise<string[]> {
  const service = await createTestService({ ready });
  const text = await service.metrics.registry.metrics();
  await service.close();
  return text.split('\n').filter((line) => !line.startsWith('#'));
}

describe('the metrics of a server that has had no request', () => {
  it('count every result from 0, so that the first of a kind is an increase', async () => {
    const series = await seriesOf(false);
    expect(series).toContain('face_age_model_swaps_total{result="failed"} 0');
    expect(series).toContain('face_age_rejected_total{reason="queue_full"} 0');
    expect(series).toContain('face_age_registry_polls_total{result="failed"} 0');
    expect(series).toContain(
      'face_age_http_requests_total{method="POST",route="/v1/predict",status="500"} 0',
    );
  });

  it('contain the capacity of the queue', async () => {
    expect(await seriesOf(false)).toContain('face_age_queue_capacity_images 32');
  });

  it('name no version before one serves', async () => {
    const series = await seriesOf(false);
    expect(series).toContain('face_age_model_serving_version 0');
    expect(series).toContain('face_age_model_desired_version 0');
  });

  it('name the version that serves and the one that is wanted', async () => {
    const series = await seriesOf(true);
    expect(series).toContain('face_age_model_serving_version 1');
    expect(series).toContain('face_age_model_desired_version 1');
  });
});
