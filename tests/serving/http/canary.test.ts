import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelsAnswerSchema } from '../../../src/serving/http/routes/models-answer.ts';
import { predictAnswerSchema } from '../../../src/serving/predict/answer.ts';
import { defaultPreprocessSpec } from '../../../src/inference/preprocess/spec.ts';
import { promote } from '../../../src/registry/promotion.ts';
import { answerTo } from '../../support/answer-to.ts';
import { settle } from '../../support/fakes/deferred.ts';
import { eventually } from '../../support/eventually.ts';
import { AGES, SIDE } from '../../support/models/example-manifest.ts';
import { fakeOutput } from '../../support/fakes/fake-engine.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const TOKEN = 'a-token-of-16-or-more';
let service: TestService;
let clock: ManualClock;
let photo: Buffer;

beforeEach(async () => {
  clock = new ManualClock();
  service = await createTestService({ adminToken: TOKEN, clock });
  photo = await grayJpeg(levelOfAge(30));
  await service.folder.writeVersion(2);
});
afterEach(() => service.close());

const move = { model: 'face-age', alias: 'canary', by: 'tests', reason: 'a try' };

async function startCanary(weight: number, version = 2): Promise<void> {
  await promote(service.registry, version, { ...move, weight });
  await service.traffic.poll();
  await service.settled();
}

const post = (client: string, query = '') =>
  request(service.app)
    .post(`/v1/predict${query}`)
    .set('X-Client-Key', client)
    .attach('image', photo, 'a.jpg');

async function versionFor(client: string, query = ''): Promise<number> {
  const { body } = await answerTo(post(client, query).expect(200));
  return predictAnswerSchema.parse(body).model.version;
}

async function models() {
  const { body } = await answerTo(request(service.app).get('/v1/models').expect(200));
  return modelsAnswerSchema.parse(body);
}

/** Waits until the alias records the end of the canary, and its reason. */
async function expectEnd(reason: string | RegExp) {
  const readAlias = () => service.registry.readAlias('face-age', 'canary');
  await eventually(async () => expect((await readAlias())?.weight).toBe(0));
  const alias = await readAlias();
  expect(alias?.reason).toMatch(reason);
  return alias;
}

const clients = Array.from({ length: 60 }, (_, index) => `client-${index}`);

/** The versions that answer the clients, one after the other. */
async function versionsForAll(): Promise<number[]> {
  const versions: number[] = [];
  for (const client of clients) versions.push(await versionFor(client));
  return versions;
}

describe('a canary', () => {
  it('answers its share of the clients, each always the same', async () => {
    await startCanary(0.5);
    const versions = await versionsForAll();
    const share = versions.filter((version) => version === 2).length / clients.length;
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.7);
    expect(await versionsForAll()).toEqual(versions);
  });

  it('identifies a client without a key by its address', async () => {
    await startCanary(0.5);
    const send = () => request(service.app).post('/v1/predict').attach('image', photo, 'a.jpg');
    const versions = new Set<number>();
    for (let time = 0; time < 5; time += 1) {
      const { body } = await answerTo(send().expect(200));
      versions.add(predictAnswerSchema.parse(body).model.version);
    }
    expect(versions.size).toBe(1);
  });

  it('answers requests that name it, and production those that name production, whatever the share', async () => {
    await startCanary(0.01);
    expect(await versionFor('a', '?model=canary')).toBe(2);
    expect(await versionFor('a', '?model=2')).toBe(2);
    await startCanary(1);
    expect(await versionFor('a')).toBe(2);
    expect(await versionFor('a', '?model=production')).toBe(1);
    expect(await versionFor('a', '?model=1')).toBe(1);
  });

  it('shows in /v1/models with the split', async () => {
    expect(await models()).toMatchObject({
      split: [{ alias: 'production', version: 1, share: 1 }],
      canary: { weight: null, current: null, state: 'waiting' },
      shadow: { current: null, state: 'waiting' },
    });
    await service.traffic.poll();
    await startCanary(0.25);
    const { body } = await answerTo(request(service.app).get('/v1/models/2').expect(200));
    expect(body).toMatchObject({ loaded: true });
    expect(await models()).toMatchObject({
      split: [
        { alias: 'production', version: 1, share: 0.75 },
        { alias: 'canary', version: 2, share: 0.25 },
      ],
      canary: { weight: 0.25, state: 'serving', current: { version: 2 } },
    });
    const { text } = await request(service.app).get('/metrics');
    expect(text).toContain('face_age_canary_weight 0.25');
    expect(text).toContain('face_age_side_model_version{alias="canary"} 2');
    expect(text).toContain('face_age_model_serving_version 1');
    expect(text).toContain('face_age_model_swaps_total{result="ok"} 1');
  });

  it('that cannot be loaded leaves all requests to production, and reports why', async () => {
    await service.folder.write('2/model.onnx', 'damaged');
    await startCanary(1);
    expect(await versionFor('a')).toBe(1);
    expect(await models()).toMatchObject({
      state: 'serving',
      canary: { state: 'failed', reason: expect.stringMatching(/model.onnx/) as string },
      split: [{ alias: 'production', share: 1 }],
    });
  });

  it('ends when production serves its version', async () => {
    await startCanary(0.5);
    await service.serve(2);
    await expectEnd('Version 2 serves production.');
    expect(await models()).toMatchObject({ split: [{ version: 2, share: 1 }] });
  });
});

describe('a canary stops itself', () => {
  /** Sends a number of photos while time passes. */
  async function sendFor(photos: number): Promise<number[]> {
    const statuses: number[] = [];
    for (let time = 0; time < photos; time += 1) {
      await clock.advance(250);
      statuses.push((await answerTo(post(`client-${time}`))).status);
    }
    return statuses;
  }

  it('if it fails, so that production answers every client, and the alias records why', async () => {
    await startCanary(0.5);
    const canary = service.engine.networks.at(-1)!;
    canary.run = () => Promise.reject(new Error('broken'));
    const statuses = await sendFor(120);
    expect(statuses.filter((status) => status === 503).length).toBeLessThan(45);
    expect(statuses.slice(-30).every((status) => status === 200)).toBe(true);
    const alias = await expectEnd(/^It stopped itself\. It could not answer \d+ of \d+ photos/);
    expect(alias).toMatchObject({ version: 2, by: 'canary guard' });
    expect(alias?.history.at(-1)).toMatchObject({ version: 2, weight: 0.5 });
    await service.traffic.poll();
    expect(await models()).toMatchObject({
      split: [{ version: 1, share: 1 }],
      canary: {
        weight: 0,
        current: null,
        reason: expect.stringMatching(/stopped itself/) as string,
      },
    });
    expect(canary.disposals).toBe(1);
  });

  it('if its ages are far from those of production', async () => {
    await startCanary(0.5);
    const canary = service.engine.networks.at(-1)!;
    const run = canary.run.bind(canary);
    canary.run = (pixels, count) => run(pixels.fill(255), count);
    expect(await sendFor(120)).toEqual(Array.from({ length: 120 }, () => 200));
    await expectEnd(/Its ages differ from those of production by [67]\d\.\d years/);
    const { text } = await request(service.app).get('/metrics');
    expect(text).toContain('face_age_canary_aborts_total{cause="difference"} 1');
  });

  it('never if it behaves as production does', async () => {
    await startCanary(0.5);
    await sendFor(200);
    await settle();
    expect((await service.registry.readAlias('face-age', 'canary'))?.weight).toBe(0.5);
    const { text } = await request(service.app).get('/metrics');
    expect(text).toMatch(/face_age_canary_difference_years_count\{version="2"\} [3-9]\d/);
  });

  it('not for ages if it preprocesses photos differently, because nothing can be compared', async () => {
    const preprocess = { ...defaultPreprocessSpec, width: SIDE, height: 2 * SIDE };
    const pixels = new Uint8Array(2 * SIDE * SIDE);
    const sample = { output: [...fakeOutput(pixels, AGES)], tolerance: { onnxruntime: 1e-4 } };
    const golden = [{ pixels: Buffer.from(pixels).toString('base64'), ...sample }];
    await service.folder.writeVersion(3, { preprocess, golden });
    await startCanary(1, 3);
    await sendFor(60);
    const { text } = await request(service.app).get('/metrics');
    expect(text).not.toContain('face_age_canary_difference_years_count{version="3"}');
    expect(text).toContain('face_age_canary_photos_total{version="3",outcome="ok"} 60');
  });
});
