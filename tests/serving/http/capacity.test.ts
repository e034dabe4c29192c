import request from 'supertest';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServiceError } from '../../../src/common/errors.ts';
import { answerTo } from '../../support/answer-to.ts';
import { deferred } from '../../support/fakes/deferred.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { exchange, listen } from '../../support/listening.ts';
import {
  createTestService,
  type TestService,
  type TestServiceOptions,
} from '../../support/test-service.ts';
import { eventually } from '../../support/eventually.ts';

let photo: Buffer;
let service: TestService;

beforeAll(async () => {
  photo = await grayJpeg(100);
});
afterEach(() => service.close());

async function start(options: TestServiceOptions = {}) {
  service = await createTestService(options);
  const gate = deferred();
  service.engine.beforeRun = () => gate.promise;
  return gate;
}

const post = (query = '') =>
  request(service.app).post(`/v1/predict${query}`).attach('image', photo, 'a.jpg');
const inFlight = () => service.manager.status.current?.inFlight;
const metric = async (name: string) =>
  (await service.metrics.registry.getSingleMetric(name)!.get()).values;

describe('a server at its limits', () => {
  it('refuses what the queue cannot hold with 429 and the time after which to retry', async () => {
    await start({ batching: { queueMaxImages: 1 } });
    const { body, headers } = await answerTo(post().attach('image', photo, 'b.jpg').expect(429));
    expect(body).toMatchObject({ code: 'queue_full' });
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const counted = (await metric('face_age_rejected_total')).filter(({ value }) => value > 0);
    expect(counted).toMatchObject([{ labels: { reason: 'queue_full' }, value: 1 }]);
    expect(service.engine.networks[0]!.batches.slice(-1)).toEqual([4]);
  });

  it('refuses a photo before receiving it if the queue has no slot for it', async () => {
    const gate = await start({ batching: { queueMaxImages: 1, maxSize: 1 } });
    const listening = await listen(service.app);
    const url = `http://127.0.0.1:${listening.port}/v1/predict`;
    const options = { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body: photo };
    const accepted: Promise<Response>[] = [];
    const { batches } = service.engine.networks[0]!;
    const warmUps = batches.length;
    // Two with the engine and one that waits.
    for (const running of [1, 2, 2]) {
      accepted.push(fetch(url, options));
      await eventually(() => expect(batches.length).toBe(warmUps + running));
    }
    await eventually(async () => {
      expect((await metric('face_age_queue_images'))[0]!.value).toBe(1);
    });
    const head = 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n';
    const answer = await exchange(
      listening.port,
      `${head}Expect: 100-continue\r\nContent-Length: 900\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 429 /);
    expect(answer).toContain('"code":"queue_full"');
    gate.resolve();
    for (const { status } of await Promise.all(accepted)) expect(status).toBe(200);
    await listening.close();
  });

  it('answers 504 at the deadline and gives the model back', async () => {
    const gate = await start({ deadlineMs: 30 });
    const { body } = await answerTo(post().expect(504));
    expect(body).toMatchObject({ code: 'deadline_exceeded' });
    gate.resolve();
    await eventually(() => expect(inFlight()).toBe(0));
  });

  it('answers 503 to requests in flight when it gives up', async () => {
    const gate = await start();
    const answer = post()
      .expect(503)
      .then(({ body }) => body as object);
    await eventually(() => expect(inFlight()).toBe(1));
    service.active.abortAll(new ServiceError('shutting_down', 'The server is shutting down.'));
    expect(await answer).toMatchObject({ code: 'shutting_down' });
    gate.resolve();
    await eventually(() => expect(inFlight()).toBe(0));
  });
});

describe('a request whose client leaves', () => {
  it('removes its image from the queue', async () => {
    const gate = await start({ batching: { maxSize: 1 } });
    const listening = await listen(service.app);
    const queued = async () => (await metric('face_age_queue_images'))[0]?.value;
    const held = new AbortController();
    const url = `http://127.0.0.1:${listening.port}/v1/predict`;
    const options = { method: 'POST', headers: { 'content-type': 'image/jpeg' } };
    const { batches } = service.engine.networks[0]!;
    const warmUps = batches.length;
    const running = [0, 1].map(() => fetch(url, { ...options, body: photo }));
    await eventually(() => expect(batches.length).toBe(warmUps + 2));
    const leaving = fetch(url, { ...options, body: photo, signal: held.signal });
    await eventually(async () => expect(await queued()).toBe(1));
    held.abort();
    await expect(leaving).rejects.toThrow();
    await eventually(async () => expect(await queued()).toBe(0));
    gate.resolve();
    for (const { status } of await Promise.all(running)) expect(status).toBe(200);
    expect(await metric('face_age_images_total')).toContainEqual({
      labels: { outcome: 'abandoned' },
      value: 1,
    });
    expect(await metric('face_age_http_requests_total')).toContainEqual({
      labels: { method: 'POST', route: '/v1/predict', status: 499 },
      value: 1,
    });
    await listening.close();
  });
});

describe('a model that fails', () => {
  it('is answered with 503 and no inner detail', async () => {
    await start();
    service.engine.beforeRun = () => Promise.reject(new Error('secret path /x'));
    const { body, text } = await answerTo(post().expect(503));
    expect(body).toMatchObject({ code: 'inference_failed' });
    expect(text).not.toContain('secret');
    expect(inFlight()).toBe(0);
  });

  it('is answered with 500 and no internal detail if the fault is unknown', async () => {
    await start();
    vi.spyOn(service.manager, 'borrow').mockImplementation(() => {
      throw new TypeError('secret');
    });
    const { body, text } = await answerTo(post().expect(500));
    expect(body).toMatchObject({ code: 'internal' });
    expect(text).not.toContain('secret');
  });
});

describe('a swap of the model', () => {
  it('lets a request finish with the version it borrowed, and disposes that version afterwards', async () => {
    const gate = await start();
    await service.folder.writeVersion(2);
    const first = service.engine.networks[0]!;
    const warmUps = first.batches.length;
    const answer = post()
      .expect(200)
      .then(({ body }) => body as object);
    await eventually(() => expect(first.batches).toHaveLength(warmUps + 1));
    service.engine.beforeRun = () => Promise.resolve();
    await service.serve(2);
    expect(service.manager.status.current?.model.manifest.version).toBe(2);
    expect(first.disposals).toBe(0);
    gate.resolve();
    expect(await answer).toMatchObject({ model: { version: 1 } });
    await eventually(() => expect(first.disposals).toBe(1));
    const next = await post().expect(200);
    expect(next.body).toMatchObject({ model: { version: 2 } });
  });
});

describe('a model that answers by buckets', () => {
  it('refuses an edge that is none of its own before any inference', async () => {
    await start({
      manifest: {
        head: {
          kind: 'buckets',
          buckets: [
            { label: 'minor', min: 0, max: 17 },
            { label: 'adult', min: 18, max: 120 },
          ],
        },
        buckets: [
          { label: 'minor', min: 0, max: 17 },
          { label: 'adult', min: 18, max: 120 },
        ],
        golden: [
          {
            pixels: Buffer.alloc(256).toString('base64'),
            output: [1, 0],
            tolerance: {},
          },
        ],
      },
    });
    const ran = service.engine.networks[0]!.batches.length;
    for (const query of ['?atLeast=21', '?buckets=0-12,13-120']) {
      const { body } = await answerTo(post(query).expect(400));
      expect(body).toMatchObject({ code: 'edge_not_supported' });
    }
    expect(service.engine.networks[0]!.batches).toHaveLength(ran);
  });
});
