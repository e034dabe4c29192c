import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelsAnswerSchema } from '../../../src/serving/http/routes/models-answer.ts';
import { predictAnswerSchema } from '../../../src/serving/predict/answer.ts';
import { promote } from '../../../src/registry/promotion.ts';
import { answerTo } from '../../support/answer-to.ts';
import { deferred, settle } from '../../support/fakes/deferred.ts';
import { eventually } from '../../support/eventually.ts';
import type { FakeNetwork } from '../../support/fakes/fake-engine.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

let service: TestService;
let clock: ManualClock;
let photo: Buffer;
let shadow: FakeNetwork;

async function start(settings = {}): Promise<void> {
  clock = new ManualClock();
  service = await createTestService({
    clock,
    settings: { SHADOW_QUEUE_MAX_IMAGES: 3, ...settings },
  });
  photo = await grayJpeg(levelOfAge(30));
  await service.folder.writeVersion(2);
  const move = { model: 'face-age', alias: 'shadow', by: 'tests', reason: 'a look' };
  await promote(service.registry, 2, move);
  await service.traffic.poll();
  await service.settled();
  shadow = service.engine.networks.at(-1)!;
  shadow.batches.length = 0;
}
beforeEach(() => start());
afterEach(() => service.close());

const post = (query = '') =>
  answerTo(
    request(service.app).post(`/v1/predict${query}`).attach('image', photo, 'a.jpg').expect(200),
  );
const results = async () => {
  const { values } = await service.metrics.shadowPhotos.get();
  const counted = values.filter(({ value }) => value > 0);
  return Object.fromEntries(counted.map(({ labels, value }) => [String(labels.result), value]));
};

describe('the shadow', () => {
  it('is shown a copy of what production answered, which is compared and never answered', async () => {
    const run = shadow.run.bind(shadow);
    shadow.run = (pixels, count) => run(pixels.fill(255), count);
    const { body } = await post();
    expect(predictAnswerSchema.parse(body).model.version).toBe(1);
    expect(shadow.batches).toEqual([]);
    await clock.advance(5);
    expect(shadow.batches).toEqual([1]);
    expect(await results()).toEqual({ compared: 1 });
    const { text } = await request(service.app).get('/metrics');
    expect(text).toContain('face_age_shadow_difference_years_sum{version="2"} 70');
    expect(text).toContain('face_age_shadow_bucket_disagreements_total{version="2"} 1');
  });

  it('waits while anything is being answered', async () => {
    await post();
    const held = deferred();
    const network = service.engine.networks[0]!;
    const run = network.run.bind(network);
    network.run = async (pixels, count) => {
      await held.promise;
      return run(pixels, count);
    };
    const answering = post();
    await eventually(() => expect(service.manager.inFlight).toBe(1));
    await clock.advance(1000);
    expect(shadow.batches).toEqual([]);
    held.resolve();
    await answering;
    await clock.advance(4);
    expect(shadow.batches).toEqual([]);
    await clock.advance(1);
    expect(shadow.batches).toEqual([1]);
  });

  it('has the engine for its share of the time alone', async () => {
    const held = deferred();
    const run = shadow.run.bind(shadow);
    shadow.run = async (pixels, count) => {
      const output = run(pixels, count);
      await held.promise;
      return output;
    };
    await post();
    await post();
    await clock.advance(5);
    await clock.advance(2);
    held.resolve();
    await settle();
    await clock.advance(399);
    expect(shadow.batches).toHaveLength(1);
    await clock.advance(2);
    expect(shadow.batches).toHaveLength(2);
  });

  it('passes over what does not fit into its queue', async () => {
    for (let time = 0; time < 5; time += 1) await post();
    expect(await results()).toEqual({ dropped: 2 });
    await clock.advance(10_000);
    expect(await results()).toEqual({ dropped: 2, compared: 3 });
  });

  it('that fails affects no request', async () => {
    shadow.run = () => Promise.reject(new Error('broken'));
    await post();
    await clock.advance(5);
    expect(await results()).toEqual({ failed: 1 });
    await post();
  });

  it('answers requests that name it, and is shown in /v1/models', async () => {
    const { body } = await post('?model=shadow');
    expect(predictAnswerSchema.parse(body).model.version).toBe(2);
    const answer = await answerTo(request(service.app).get('/v1/models'));
    expect(modelsAnswerSchema.parse(answer.body)).toMatchObject({
      split: [{ version: 1, share: 1 }],
      shadow: { state: 'serving', current: { version: 2, alias: 'shadow' } },
    });
    await clock.advance(5);
    expect(await results()).toEqual({});
  });

  it('is unloaded when its version serves production', async () => {
    await post();
    await service.serve(2);
    await service.traffic.poll();
    await settle();
    expect(shadow.disposals).toBe(1);
    await clock.advance(1000);
    expect(await results()).toEqual({});
    const { text } = await request(service.app).get('/metrics');
    expect(text).toContain('face_age_shadow_queue_images 0');
    expect(text).toContain('face_age_model_info{version="2",alias="production"');
  });

  it('is not followed if it is switched off', async () => {
    await service.close();
    await start({ SHADOW_QUEUE_MAX_IMAGES: 0 });
    expect(service.engine.networks).toHaveLength(1);
    const answer = await answerTo(request(service.app).get('/v1/models'));
    expect(modelsAnswerSchema.parse(answer.body).shadow).toBeNull();
  });
});
