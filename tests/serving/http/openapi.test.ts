import { createHash } from 'node:crypto';
import request, { type Test } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Protection } from '../../../src/serving/http/middleware/protection.ts';
import { describeApi } from '../../../src/serving/http/openapi/face-age-api.ts';
import { predictAnswerSchema } from '../../../src/serving/predict/answer.ts';
import { answerTo, type HttpAnswer } from '../../support/answer-to.ts';
import { documentedRoutes, mountedRoutes } from '../../support/api-routes.ts';
import { createFakeRetraining, type FakeRetraining } from '../../support/fakes/fake-retraining.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { OpenApiCheck } from '../../support/openapi-check.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';
import { writableMemoryStore } from '../../support/fakes/writable-memory-store.ts';

const TOKEN = 'a-token-of-16-or-more';
const check = new OpenApiCheck(describeApi());

let service: TestService;
let retraining: FakeRetraining;
let photo: Buffer;

beforeAll(async () => {
  photo = await grayJpeg(levelOfAge(25));
  retraining = await createFakeRetraining();
  await start();
});

async function start(protection: Partial<Protection> = {}): Promise<void> {
  service = await createTestService({
    adminToken: TOKEN,
    drift: {},
    feedback: { store: writableMemoryStore() },
    retraining: { runner: retraining.runner, nextAt: () => new Date() },
    protection,
  });
  await service.folder.writeVersion(2);
}
afterAll(async () => {
  await retraining.close();
  await service.close();
});

/** Calls an operation and holds the answer to the document. */
async function call(operation: string, test: Test, status: number): Promise<HttpAnswer> {
  const answer = await answerTo(test);
  expect(answer.status, answer.text).toBe(status);
  check.answer(operation, answer);
  return answer;
}
const get = (path: string) => request(service.app).get(path);
const post = (path: string) => request(service.app).post(path);
const asAdmin = (test: Test) => test.set('Authorization', `Bearer ${TOKEN}`);
const postPhoto = (query = '', bytes = photo) =>
  post(`/v1/predict${query}`).attach('image', bytes, 'a.jpg');
const postJson = (path: string, body: object | string) => post(path).type('json').send(body);

describe('the document of /openapi.json', () => {
  it('is what the server answers with', async () => {
    const { body } = await call('getOpenApi', get('/openapi.json'), 200);
    expect(body).toEqual(JSON.parse(JSON.stringify(describeApi())));
  });

  it('describes every route that is mounted, and no other', () => {
    expect(documentedRoutes(describeApi())).toEqual(mountedRoutes(service.app));
  });

  it('describes the query as the code parses it: numbers, lists with commas, defaults', () => {
    const parameters = describeApi().paths['/v1/predict']!.post!.parameters!;
    expect(parameters.find(({ name }) => name === 'confidence')).toMatchObject({
      in: 'query',
      schema: { type: 'number', exclusiveMinimum: 0.5, maximum: 1, default: 0.95 },
    });
    expect(parameters.find(({ name }) => name === 'atLeast')).toMatchObject({
      explode: false,
      schema: { type: 'array', items: { type: 'integer', maximum: 100 } },
    });
  });
});

describe('answers match the document', () => {
  it('of predictions', async () => {
    await call('predict', postPhoto('?buckets=0-17,18-120&atLeast=18&confidence=0.9'), 200);
    await call('predict', postPhoto().attach('image', Buffer.from('text'), 'note.txt'), 200);
    const body = { images: [photo.toString('base64')] };
    expect(check.body('predict', 'application/json', body)).toBe(true);
    expect(check.body('predict', 'application/json', { photos: [] })).toBe(false);
    await call('predict', postJson('/v1/predict', body), 200);
  });

  it('of predictions refused', async () => {
    await call('predict', postJson('/v1/predict', '{'), 400);
    await call('predict', post('/v1/predict'), 400);
    await call('predict', postPhoto('?confidence=2'), 400);
    await call('predict', postPhoto('?model=7'), 404);
    await call('predict', postPhoto('?model=2'), 409);
    await call('predict', postPhoto('', Buffer.alloc(100_001)), 413);
    await call('predict', post('/v1/predict').type('text/plain').send('hello'), 415);
    await call('predict', postPhoto('', Buffer.from('<svg xmlns="…"/>')), 415);
    await call('predict', postPhoto('', photo.subarray(0, 200)), 422);
    await call('predict', postPhoto('?crop=0,0,500,500'), 422);
  });

  it('of predictions for which there is no room, no time or no model', async () => {
    const full = await createTestService({ batching: { queueMaxImages: 1 } });
    const two = request(full.app).post('/v1/predict').attach('image', photo, 'a.jpg');
    await call('predict', two.attach('image', photo, 'b.jpg'), 429);
    await full.close();
    const late = await createTestService({ deadlineMs: 1 });
    late.engine.beforeRun = () => new Promise((resolve) => setTimeout(resolve, 50));
    const slow = request(late.app).post('/v1/predict').attach('image', photo, 'a.jpg');
    await call('predict', slow, 504);
    await late.close();
    const empty = await createTestService({ ready: false });
    await call('predict', request(empty.app).post('/v1/predict').type('image/png').send('x'), 503);
    await call('isReady', request(empty.app).get('/readyz'), 503);
    await call('listModels', request(empty.app).get('/v1/models'), 200);
    await empty.close();
  });

  it('of those who have no key, or ask too often', async () => {
    const digest = createHash('sha256').update('a-key-of-16-or-more').digest();
    const apiKeys = [{ name: 'me', digest }];
    const guarded = await createTestService({ protection: { apiKeys, ratePerMinute: 2 } });
    const ask = (key?: string, path = '/v1/models') => {
      const test = request(guarded.app).get(path);
      return key === undefined ? test : test.set('X-API-Key', key);
    };
    await call('listModels', ask(), 401);
    await call('listModels', ask('another'), 403);
    await call('serverMetadata', ask(undefined, '/v2'), 401);
    for (let request = 0; request < 2; request++) {
      await call('listModels', ask('a-key-of-16-or-more'), 200);
    }
    await call('listModels', ask('a-key-of-16-or-more'), 429);
    await call('serverMetadata', ask('a-key-of-16-or-more', '/v2'), 429);
    await call('serverLive', ask(undefined, '/v2/health/live'), 200);
    await guarded.close();
  });

  it('of models', async () => {
    await call('listModels', get('/v1/models'), 200);
    await call('getModelVersion', get('/v1/models/production'), 200);
    await call('getModelVersion', get('/v1/models/9'), 404);
  });

  it('of the inference protocol', async () => {
    await call('serverMetadata', get('/v2'), 200);
    await call('serverLive', get('/v2/health/live'), 200);
    await call('serverReady', get('/v2/health/ready'), 200);
    await call('repositoryIndex', postJson('/v2/repository/index', { ready: true }), 200);
    await call('repositoryIndex', postJson('/v2/repository/index', { ready: 1 }), 400);
    for (const [suffix, path] of [
      ['', '/v2/models/face-age'],
      ['Version', '/v2/models/face-age/versions/1'],
    ]) {
      await call(`modelMetadata${suffix}`, get(path!), 200);
      await call(`modelReady${suffix}`, get(`${path}/ready`), 200);
      await call(`modelStats${suffix}`, get(`${path}/stats`), 200);
      await call(`infer${suffix}`, post(`${path}/infer`).type('image/jpeg').send(photo), 200);
      await call(`infer${suffix}`, postJson(`${path}/infer`, { inputs: [] }), 400);
      const text = post(`${path}/infer`).type('image/jpeg').send('hello');
      await call(`infer${suffix}`, text, 415);
    }
    await call('modelReadyVersion', get('/v2/models/face-age/versions/2/ready'), 409);
    await call('modelMetadata', get('/v2/models/other'), 404);
    const [image] = [{ name: 'image', datatype: 'BYTES', shape: [1] }];
    const inferRequest = { inputs: [{ ...image, data: [photo.toString('base64')] }] };
    expect(check.body('infer', 'application/json', inferRequest)).toBe(true);
    const classes = [{ name: 'buckets', parameters: { classification: 3 } }];
    await call(
      'infer',
      postJson('/v2/models/face-age/infer', { ...inferRequest, outputs: classes }),
      200,
    );
  });

  it('of feedback', async () => {
    await service.close();
    // Only with keys can the same client be recognized.
    await start({
      apiKeys: [{ name: 'app', digest: createHash('sha256').update('key').digest() }],
    });
    const byKey = (test: Test) => test.set('X-API-Key', 'key');
    const predicted = predictAnswerSchema.parse((await answerTo(byKey(postPhoto()))).body);
    const [prediction] = predicted.predictions;
    const remembered = { predictionId: (prediction as { id: string }).id, age: 30 };
    expect(check.body('giveFeedback', 'application/json', remembered)).toBe(true);
    const first = await call('giveFeedback', byKey(postJson('/v1/feedback', remembered)), 201);
    await call('giveFeedback', byKey(postJson('/v1/feedback', remembered)), 200);
    await call('giveFeedback', byKey(postJson('/v1/feedback', { ...remembered, age: 31 })), 409);
    await call('giveFeedback', byKey(postJson('/v1/feedback', { age: 31 })), 400);
    const forgotten = { predictionId: 'nobody', age: 30 };
    await call('giveFeedback', byKey(postJson('/v1/feedback', forgotten)), 404);
    await call('listFeedback', asAdmin(get('/v1/feedback?limit=1')), 200);
    await call('listFeedback', asAdmin(get('/v1/feedback?limit=0')), 400);
    await call('listFeedback', byKey(get('/v1/feedback')), 401);
    const path = `/v1/feedback/${(first.body as { id: string }).id}`;
    await call('removeFeedback', byKey(request(service.app).delete(path)), 204);
    await call('removeFeedback', byKey(request(service.app).delete(path)), 404);
    await service.close();
    await start();
  });

  it('of administration', async () => {
    await call('reload', asAdmin(post('/v1/admin/reload')), 200);
    await call('reload', post('/v1/admin/reload'), 401);
    await call('reload', post('/v1/admin/reload').set('Authorization', 'Bearer another'), 403);
    const promote = (body: object) => asAdmin(postJson('/v1/admin/promote', body));
    await call('promote', promote({ version: 2, reason: 'a test' }), 200);
    await call('promote', promote({ version: 'two' }), 400);
    await call('promote', promote({ version: 9 }), 404);
    await call('promote', promote({ version: 2, expectedVersion: 1 }), 409);
    await call('rollBack', asAdmin(post('/v1/admin/rollback')), 200);
    await call('rollBack', asAdmin(postJson('/v1/admin/rollback', { alias: 'A' })), 400);
  });

  it('of retraining', async () => {
    const gate = retraining.gate('go');
    retraining.steps = ['stage:train', 'say:epoch 1', gate.step, 'end:promote:2:better'];
    await call('startRetraining', asAdmin(post('/v1/admin/retrain')), 202);
    await call('startRetraining', asAdmin(post('/v1/admin/retrain')), 409);
    await retraining.untilSaid('epoch 1');
    await call('getRetraining', asAdmin(get('/v1/admin/retrain')), 200);
    await gate.open();
    await retraining.runner.idle();
    await call('getRetraining', asAdmin(get('/v1/admin/retrain')), 200);
    const untrained = await createTestService({ adminToken: TOKEN });
    const start = request(untrained.app).post('/v1/admin/retrain');
    await call('startRetraining', asAdmin(start), 501);
    await untrained.close();
  });

  it('of health and metrics', async () => {
    await call('isLive', get('/healthz'), 200);
    await call('isReady', get('/readyz'), 200);
    await call('getMetrics', get('/metrics'), 200);
  });
});

describe('these tests', () => {
  it('have called every operation with every success that is documented', () => {
    const documented = Object.values(describeApi().paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap(({ operationId, responses }) =>
        Object.keys(responses)
          .filter((status) => status.startsWith('2'))
          .map((status) => `${operationId} ${status}`),
      );
    expect([...check.seen]).toEqual(expect.arrayContaining(documented));
  });
});
