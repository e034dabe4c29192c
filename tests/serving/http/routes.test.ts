import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { modelsAnswerSchema } from '../../../src/serving/http/routes/models-answer.ts';
import { answerTo } from '../../support/answer-to.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

describe('a server with a model', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await createTestService();
  });
  afterAll(() => service.close());
  const get = (path: string) => request(service.app).get(path);

  it('is live and ready', async () => {
    await get('/healthz').expect(200);
    await get('/readyz').expect(200, { status: 'ready' });
  });

  it('returns a sane request id and replaces any other', async () => {
    const sane = await get('/healthz').set('X-Request-Id', 'trace-1.a:b');
    expect(sane.headers['x-request-id']).toBe('trace-1.a:b');
    for (const id of ['has space', '<script>', 'x'.repeat(65)]) {
      const { headers } = await answerTo(get('/healthz').set('X-Request-Id', id));
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('sets protective headers and does not name its framework', async () => {
    const { headers } = await answerTo(get('/healthz'));
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it('answers an unknown route with 404', async () => {
    const { body } = await answerTo(get('/v1/nothing').expect(404));
    expect(body).toMatchObject({ code: 'route_not_found', status: 404 });
  });

  it('answers a method that a route does not support with 405 and Allow', async () => {
    const read = await get('/v1/predict').expect(405);
    expect(read.headers.allow).toBe('POST');
    expect(read.body).toMatchObject({ code: 'method_not_allowed' });
    const write = await request(service.app).delete('/v1/models').expect(405);
    expect(write.headers.allow).toBe('GET, HEAD');
  });

  it('answers OPTIONS with Allow', async () => {
    const { headers } = await answerTo(request(service.app).options('/v1/predict').expect(204));
    expect(headers.allow).toBe('POST');
  });

  it('reports which model serves', async () => {
    const { body } = await answerTo(get('/v1/models').expect(200));
    expect(modelsAnswerSchema.parse(body)).toMatchObject({
      name: 'face-age',
      state: 'serving',
      reason: null,
      current: {
        version: 1,
        alias: 'production',
        engine: 'onnxruntime',
        precision: 'fp32',
        precisionReason: 'version 1 has no 8-bit graph',
        license: 'for tests only',
        commercialUse: false,
        inFlight: 0,
      },
      desired: { alias: 'production', version: 1 },
      versions: [1],
      aliases: { production: 1 },
    });
  });

  it('reports what serves without waiting for a registry that does not answer', async () => {
    vi.spyOn(service.registry, 'listVersions').mockReturnValueOnce(new Promise(() => undefined));
    const { body } = await answerTo(get('/v1/models').expect(200));
    expect(modelsAnswerSchema.parse(body)).toMatchObject({
      state: 'serving',
      current: { version: 1 },
      versions: null,
      aliases: null,
    });
  });

  it.each(['1', 'production'])(
    'shows the manifest of version %s without its golden samples',
    async (version) => {
      const { body } = await answerTo(get(`/v1/models/${version}`).expect(200));
      expect(body).toMatchObject({
        version: 1,
        loaded: true,
        aliases: ['production'],
        metrics: { mae: 5 },
        manifest: { architecture: 'example', license: 'for tests only' },
      });
      expect((body as { manifest: object }).manifest).not.toHaveProperty('golden');
    },
  );

  it.each(['9', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'does not know version %s, which is not there',
    async (version) => {
      const { body } = await answerTo(get(`/v1/models/${version}`).expect(404));
      expect(body).toMatchObject({ code: 'model_not_found' });
    },
  );

  it('counts what it answers, by route and version', async () => {
    const photo = await grayJpeg(levelOfAge(33));
    await request(service.app).post('/v1/predict').attach('image', photo, 'a.jpg').expect(200);
    await request(service.app).post('/v1/predict').type('image/png').send('nonsense').expect(415);
    const { text } = await answerTo(get('/metrics').expect(200));
    const sampled = (line: string) => text.split('\n').find((sample) => sample.startsWith(line));
    expect(
      sampled('face_age_http_requests_total{method="POST",route="/v1/predict",status="200"}'),
    ).toMatch(/ 1$/);
    expect(
      sampled('face_age_http_requests_total{method="GET",route="unmatched",status="404"}'),
    ).toBeDefined();
    expect(sampled('face_age_images_total{outcome="ok"}')).toMatch(/ 1$/);
    expect(sampled('face_age_images_total{outcome="unsupported_image_format"}')).toMatch(/ 1$/);
    expect(sampled('face_age_predictions_total{version="1",bucket="30-39"}')).toMatch(/ 1$/);
    expect(sampled('face_age_predicted_age_years_sum{version="1"}')).toMatch(/ 33$/);
    expect(sampled('face_age_prediction_confidence_count{version="1"}')).toMatch(/ 1$/);
    expect(sampled('face_age_preprocess_duration_seconds_count')).toMatch(/ 1$/);
    expect(sampled('face_age_queue_duration_seconds_count')).toMatch(/ 1$/);
    expect(sampled('face_age_inference_duration_seconds_count{version="1"}')).toMatch(/ 1$/);
    expect(sampled('face_age_batch_size_sum')).toMatch(/ 1$/);
    expect(
      sampled(
        'face_age_model_info{version="1",alias="production",engine="onnxruntime",device="cpu",precision="fp32",digest="',
      ),
    ).toMatch(/ 1$/);
    expect(sampled('face_age_model_swaps_total{result="ok"}')).toMatch(/ 1$/);
    expect(sampled('face_age_event_loop_delay_seconds{quantile="0.99"}')).toBeDefined();
  });

  it('still reports what serves when the registry does not answer', async () => {
    await service.folder.write('aliases/broken.json', '{');
    const { body } = await answerTo(get('/v1/models').expect(200));
    expect(body).toMatchObject({ state: 'serving', versions: null, aliases: null });
    const failed = await get('/v1/models/1').expect(503);
    expect(failed.body).toMatchObject({ code: 'registry_unavailable' });
    expect((failed.body as { detail: string }).detail).not.toContain(service.folder.root);
  });
});

describe('a server without a model', () => {
  it('is live, not ready, and reports why', async () => {
    const service = await createTestService({ ready: false });
    service.manager.reportSourceFault('There is no alias "production".');
    await request(service.app).get('/healthz').expect(200);
    for (const path of ['/readyz', '/v1/predict']) {
      const method = path === '/readyz' ? 'get' : 'post';
      const { body, headers } = await answerTo(request(service.app)[method](path).expect(503));
      expect(body).toMatchObject({
        code: 'model_not_ready',
        detail: 'There is no alias "production".',
      });
      expect(headers['retry-after']).toBe('5');
    }
    const { values } = await service.metrics.rejected.get();
    const counted = values.filter(({ value }) => value > 0);
    expect(counted).toEqual([{ labels: { reason: 'model_not_ready' }, value: 1 }]);
    await service.close();
  });
});

describe('a server that is shutting down', () => {
  it('is not ready, and closes its connections', async () => {
    const service = await createTestService();
    service.readiness.beginDraining();
    const { body, headers } = await answerTo(request(service.app).get('/readyz').expect(503));
    expect(body).toMatchObject({ code: 'shutting_down' });
    expect(headers.connection).toBe('close');
    const photo = await grayJpeg(100);
    await request(service.app).post('/v1/predict').attach('image', photo, 'a.jpg').expect(200);
    await service.close();
  });
});
