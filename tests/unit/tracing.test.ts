import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTracing, type Tracing } from '../../src/tracing.ts';
import { eventually } from '../support/eventually.ts';
import { recordingLogger, type RecordingLogger } from '../support/recording-logger.ts';

interface SentSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  status: { code: number };
  attributes: { key: string; value: Record<string, unknown> }[];
}

interface Sent {
  resourceSpans: {
    resource: { attributes: SentSpan['attributes'] };
    scopeSpans: { spans: SentSpan[] }[];
  }[];
}

let collector: Server;
let sent: Sent[];
let log: RecordingLogger;
let tracing: Tracing | undefined;

beforeEach(async () => {
  sent = [];
  log = recordingLogger();
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      expect(request.url).toBe('/v1/traces');
      sent.push(JSON.parse(Buffer.concat(chunks).toString()) as Sent);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${port}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await tracing?.close();
  collector.closeAllConnections();
  collector.close();
});

const open = () => (tracing = openTracing({ logger: log.logger, sendEveryMs: 10 }));
const facts = { method: 'POST', route: '/v1/predict', status: 200 };
const spans = () =>
  sent.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
  );
const valuesOf = (attributes: SentSpan['attributes']) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

describe('a span', () => {
  it('is sent with what is known of its request, as a part of the caller’s trace', async () => {
    const parent = {
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      flags: '01',
    };
    const span = open().begin(parent);
    span.end({ ...facts, fields: { requestId: 'one', version: 4, inferenceMs: 2.5 } });
    await eventually(() => expect(spans()).toHaveLength(1));
    const [own] = spans();
    expect(own).toMatchObject({
      traceId: parent.traceId,
      parentSpanId: parent.spanId,
      spanId: span.ids.spanId,
      name: 'POST /v1/predict',
    });
    expect(span.ids).toMatchObject({ traceId: parent.traceId, flags: '01' });
    expect(valuesOf(own!.attributes)).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/v1/predict',
      'http.response.status_code': 200,
      'face_age.request_id': 'one',
      'face_age.version': 4,
      'face_age.inference_ms': 2.5,
    });
    expect(valuesOf(sent[0]!.resourceSpans[0]!.resource.attributes)).toMatchObject({
      'service.name': 'face-age',
    });
  });

  it('is a fault where the server failed, and only there', async () => {
    open();
    for (const status of [200, 422, 503])
      tracing!.begin(undefined).end({ ...facts, status, fields: {} });
    await eventually(() => expect(spans()).toHaveLength(3));
    expect(spans().map(({ status }) => status.code)).toEqual([0, 0, 2]);
  });

  it('is not sent where the caller does not record, or where it is never ended', async () => {
    open();
    const silent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: '00' };
    const unrecorded = tracing!.begin(silent);
    unrecorded.end({ ...facts, fields: {} });
    expect(unrecorded.ids).toMatchObject({ traceId: silent.traceId, flags: '00' });
    tracing!.begin(undefined);
    tracing!.begin(undefined).end({ ...facts, route: '/v1/models', fields: {} });
    await tracing!.close();
    expect(spans().map(({ name }) => name)).toEqual(['POST /v1/models']);
  });
});

it('what is left is sent at the end', async () => {
  tracing = openTracing({ logger: log.logger, sendEveryMs: 60_000 });
  tracing.begin(undefined).end({ ...facts, fields: {} });
  await tracing.close();
  expect(spans()).toHaveLength(1);
});

it('the service may be called otherwise', async () => {
  vi.stubEnv('OTEL_SERVICE_NAME', 'ages-of-the-shop');
  open()
    .begin(undefined)
    .end({ ...facts, fields: {} });
  await eventually(() => expect(sent).toHaveLength(1));
  expect(valuesOf(sent[0]!.resourceSpans[0]!.resource.attributes)).toMatchObject({
    'service.name': 'ages-of-the-shop',
  });
});

it('a collector that refuses is told of once', async () => {
  let refused = 0;
  collector.removeAllListeners('request');
  collector.on('request', (request, response) => {
    refused += 1;
    request.resume();
    response.writeHead(400).end();
  });
  open();
  for (let count = 1; count <= 3; count += 1) {
    tracing!.begin(undefined).end({ ...facts, fields: {} });
    await eventually(() => expect(refused).toBe(count));
  }
  await tracing!.close();
  expect(log.logged('warn')).toEqual(['traces are not sent']);
});
