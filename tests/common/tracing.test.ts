import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTracing, type Tracing } from '../../src/common/tracing.ts';
import { eventually } from '../support/eventually.ts';
import { recordingLogger, type RecordingLogger } from '../support/fakes/recording-logger.ts';
import { startTraceCollector, type TraceCollector } from '../support/fakes/trace-collector.ts';

let collector: TraceCollector;
let log: RecordingLogger;
let tracing: Tracing | undefined;

beforeEach(async () => {
  log = recordingLogger();
  collector = await startTraceCollector();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.endpoint);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await tracing?.close();
  collector.close();
});

const open = (sendEveryMs = 10) => (tracing = openTracing({ logger: log.logger, sendEveryMs }));
const facts = { method: 'POST', route: '/v1/predict', status: 200, fields: {} };

describe('a span', () => {
  it('is sent with the facts of its request, as part of the caller’s trace', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const span = open().begin({ traceId, spanId: '00f067aa0ba902b7', flags: '01' });
    span.end({ ...facts, fields: { requestId: 'one', version: 4, inferenceMs: 2.5 } });
    await eventually(() => expect(collector.spans).toHaveLength(1));
    expect(span.ids).toMatchObject({ traceId, flags: '01' });
    expect(collector.spans[0]).toMatchObject({
      traceId,
      parentSpanId: '00f067aa0ba902b7',
      spanId: span.ids.spanId,
      name: 'POST /v1/predict',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/predict',
        'http.response.status_code': 200,
        'face_age.request_id': 'one',
        'face_age.version': 4,
        'face_age.inference_ms': 2.5,
      },
      resource: { 'service.name': 'face-age' },
    });
  });

  it('has an error status only if the server failed', async () => {
    const { begin } = open();
    for (const status of [200, 422, 503]) begin(undefined).end({ ...facts, status });
    await eventually(() => expect(collector.spans).toHaveLength(3));
    expect(collector.spans.map(({ status }) => status.code)).toEqual([0, 0, 2]);
  });

  it('is not sent if the caller does not record, or if it is never ended', async () => {
    const { begin, close } = open();
    const unrecorded = begin({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: '00' });
    unrecorded.end(facts);
    expect(unrecorded.ids).toMatchObject({ traceId: 'a'.repeat(32), flags: '00' });
    begin(undefined);
    begin(undefined).end({ ...facts, route: '/v1/models' });
    await close();
    expect(collector.spans.map(({ name }) => name)).toEqual(['POST /v1/models']);
  });
});

it('sends the remaining spans on close', async () => {
  const { begin, close } = open(60_000);
  begin(undefined).end(facts);
  await close();
  expect(collector.spans).toHaveLength(1);
});

it('uses another service name if one is set', async () => {
  vi.stubEnv('OTEL_SERVICE_NAME', 'ages-of-the-shop');
  open().begin(undefined).end(facts);
  await eventually(() => expect(collector.spans).toHaveLength(1));
  expect(collector.spans[0]!.resource).toMatchObject({ 'service.name': 'ages-of-the-shop' });
});

it('warns once about a collector that refuses spans', async () => {
  collector.refuse();
  const { begin, close } = open();
  for (let count = 1; count <= 3; count += 1) {
    begin(undefined).end(facts);
    await eventually(() => expect(collector.requests).toBe(count));
  }
  await close();
  expect(log.logged('warn')).toEqual(['traces cannot be sent']);
});
