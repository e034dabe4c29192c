import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shedLoad } from '../../../src/serving/http/server/load-shedder.ts';
import { answerTo } from '../../support/answer-to.ts';
import { deferred, type Deferred } from '../../support/fakes/deferred.ts';
import { eventually } from '../../support/eventually.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { recordingLogger, type RecordingLogger } from '../../support/fakes/recording-logger.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

let service: TestService;
let held: Deferred<void>;
let photo: Buffer;
let log: RecordingLogger;
let app: ReturnType<typeof shedLoad>;
let accepted: Promise<{ status: number }>[];

beforeEach(async () => {
  service = await createTestService({ batching: { maxSize: 1, queueMaxImages: 2 } });
  photo = await grayJpeg(100);
  held = deferred();
  service.engine.beforeRun = () => held.promise;
  log = recordingLogger();
  app = shedLoad(service.app, {
    models: service.manager,
    readiness: service.readiness,
    metrics: service.metrics,
    logger: log.logger,
  });
  accepted = [];
});
afterEach(async () => {
  held.resolve();
  await Promise.all(accepted);
  await service.close();
});

const post = (path = '/v1/predict') =>
  request(app).post(path).set('Content-Type', 'image/jpeg').send(photo);

/** Batches of one run, two at a time, and two more photos wait. */
async function fillQueue(): Promise<void> {
  for (let count = 1; count <= 4; count += 1) {
    accepted.push(answerTo(post()));
    await eventually(() => expect(service.manager.inFlight).toBe(count));
  }
  await eventually(() => expect(isFull()).toBe(true));
}

function isFull(): boolean {
  try {
    service.manager.serving!.batcher.reserve(1).release();
    return false;
  } catch {
    return true;
  }
}

describe('while the queue is full', () => {
  it('photos are refused as the app refuses them, without troubling it', async () => {
    await fillQueue();
    const byApp = await answerTo(
      request(service.app).post('/v1/predict').set('X-Request-Id', 'one').send(photo),
    );
    const shed = await answerTo(post('/v1/predict?atLeast=18').set('X-Request-Id', 'one'));
    expect(shed.status).toBe(429);
    expect(shed.body).toEqual(byApp.body);
    for (const header of ['content-type', 'retry-after', 'x-request-id'])
      expect(shed.headers[header]).toBe(byApp.headers[header]);
  });

  it('refusals are counted, and logged in one line a second', async () => {
    await fillQueue();
    for (let count = 0; count < 5; count += 1) await post().expect(429);
    const { text } = await request(app).get('/metrics');
    expect(text).toContain('face_age_rejected_total{reason="queue_full"} 5');
    expect(text).toContain(
      'face_age_http_requests_total{method="POST",route="/v1/predict",status="429"} 5',
    );
    expect(log.logged('warn')).toEqual(['the queue is full: photos are refused']);
  });

  it.each([
    ['GET', '/v1/predict', 405],
    ['POST', '/v1/predicted', 404],
    ['GET', '/healthz', 200],
    ['GET', '/v1/models', 200],
  ])('%s %s is answered as ever', async (method, path, status) => {
    await fillQueue();
    const asked = method === 'GET' ? request(app).get(path) : request(app).post(path);
    await asked.expect(status);
  });

  it('photos for a model by name go to its own queue', async () => {
    await service.folder.writeVersion(2);
    await fillQueue();
    await post('/v1/predict?model=2').expect(409);
  });

  it('a page of another origin is answered by the app, with the headers that it needs', async () => {
    await fillQueue();
    const { headers } = await answerTo(post().set('Origin', 'https://example.org').expect(429));
    expect(headers['content-security-policy']).toBeDefined();
  });
});

it('photos are accepted if there is room', async () => {
  held.resolve();
  await post().expect(200);
  expect(log.logged('warn')).toEqual([]);
});
