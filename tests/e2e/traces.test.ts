import { afterEach, expect, it } from 'vitest';
import { grayJpeg } from '../support/gray-photo.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { startTraceCollector, type TraceCollector } from '../support/fakes/trace-collector.ts';

let models: ModelFolder;
let collector: TraceCollector;
let service: ServiceProcess;
afterEach(async () => {
  service.child.kill('SIGKILL');
  collector.close();
  await models.remove();
});

it('a collector that never answers does not delay the shutdown', { timeout: 60_000 }, async () => {
  models = await createModelFolder();
  collector = await startTraceCollector();
  collector.fallSilent();
  service = startService({
    MODEL_REGISTRY: models.root,
    ENGINE: 'onnxruntime',
    SHUTDOWN_GRACE_MS: '5000',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  });
  const { address } = await service.untilLogged('listening');
  await fetch(`${String(address)}/v1/models`);
  service.child.kill('SIGTERM');
  expect(await service.untilLogged('shut down')).toMatchObject({ inTime: true });
  expect(await service.ended).toEqual({ code: 0, signal: null });
});

it('a server that stops has sent the span of every request', { timeout: 60_000 }, async () => {
  models = await createModelFolder();
  collector = await startTraceCollector();
  service = startService({
    MODEL_REGISTRY: models.root,
    ENGINE: 'onnxruntime',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  });
  const { address } = await service.untilLogged('listening');
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(await grayJpeg(100))]), 'photo.jpg');
  const ask = { method: 'POST', body: form };
  const { status, headers } = await fetch(`${String(address)}/v1/predict`, ask);
  service.child.kill('SIGTERM');
  expect(await service.ended).toEqual({ code: 0, signal: null });
  const [, traceId, spanId] = headers.get('traceresponse')!.split('-');
  expect(collector.spans).toMatchObject([
    { traceId, spanId, attributes: { 'http.response.status_code': status } },
  ]);
});
