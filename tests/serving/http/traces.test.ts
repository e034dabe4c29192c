import request from 'supertest';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RequestFacts, SpanIds } from '../../../src/common/tracing.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const ids = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), flags: '01' };
const caller = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

let service: TestService;
let parents: (SpanIds | undefined)[];
let ended: RequestFacts[];

beforeEach(async () => {
  [parents, ended] = [[], []];
  const begin = (parent: SpanIds | undefined) => {
    parents.push(parent);
    return { ids, end: (facts: RequestFacts) => void ended.push(facts) };
  };
  service = await createTestService({ tracing: { begin } });
});
afterEach(() => service.close());

it('the span of a request has the values of its log line, and the answer names its trace', async () => {
  const { headers } = await request(service.app)
    .post('/v1/predict')
    .attach('image', await grayJpeg(100), 'a-name.jpg')
    .expect(200);
  expect(headers.traceresponse).toBe(`00-${ids.traceId}-${ids.spanId}-01`);
  expect(parents).toEqual([undefined]);
  expect(ended).toHaveLength(1);
  expect(ended[0]).toMatchObject({ method: 'POST', route: '/v1/predict', status: 200 });
  expect(ended[0]!.fields).toMatchObject({
    requestId: headers['x-request-id'],
    version: 1,
    images: 1,
    traceId: ids.traceId,
    spanId: ids.spanId,
  });
  expect(ended[0]!.fields).toHaveProperty('inferenceMs');
  expect(JSON.stringify(ended)).not.toContain('a-name');
});

it('continues the caller’s trace', async () => {
  await request(service.app).get('/v1/models').set('traceparent', caller).expect(200);
  const [, traceId, spanId] = caller.split('-');
  expect(parents).toMatchObject([{ traceId, spanId, flags: '01' }]);
  expect(ended[0]!.fields).toMatchObject({ parentId: spanId });
});

it('failures have theirs, probes have none', async () => {
  await request(service.app).get('/healthz').expect(200);
  await request(service.app).get('/metrics');
  await request(service.app).get('/v1/nothing').expect(404);
  expect(ended).toMatchObject([{ method: 'GET', route: 'unmatched', status: 404 }]);
});
