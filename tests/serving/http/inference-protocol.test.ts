import request, { type Test } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  inferAnswerSchema,
  modelStatsSchema,
  repositoryIndexSchema,
} from '../../../src/serving/http/inference-protocol/protocol-schemas.ts';
import { answerTo } from '../../support/answer-to.ts';
import { exampleManifest, SIDE } from '../../support/models/example-manifest.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

let service: TestService;
let young: Buffer;
let old: Buffer;

beforeAll(async () => {
  service = await createTestService();
  young = await grayJpeg(levelOfAge(25));
  old = await grayJpeg(levelOfAge(71));
});
afterAll(async () => {
  await service.close();
});

const model = '/v2/models/face-age';
const get = (path: string) => answerTo(request(service.app).get(path));
const infer = (body: object | string, path = model) =>
  request(service.app).post(`${path}/infer`).type('json').send(body);
const outputsOf = ({ body }: { body: unknown }) => inferAnswerSchema.parse(body).outputs;
const dataOf = async (test: Test, name: string) =>
  outputsOf(await answerTo(test.expect(200))).find((output) => output.name === name)?.data;
const images = (...photos: Buffer[]) => ({
  name: 'image',
  datatype: 'BYTES',
  shape: [photos.length],
  data: photos.map((photo) => photo.toString('base64')),
});

const { head } = exampleManifest();
if (head.kind !== 'age-distribution') throw new Error('the example has ages');
const ages = head;
const pixelsOf = (side: number) => ({
  name: 'pixels',
  datatype: 'UINT8',
  shape: [1, side, side, 1],
  data: new Array<number>(side * side).fill(0),
});
const noPixels = pixelsOf(SIDE);

describe('the server and its model', () => {
  it('describe themselves', async () => {
    expect((await get('/v2')).body).toMatchObject({
      name: 'face-age',
      extensions: ['binary_tensor_data', 'classification', 'statistics'],
    });
    const expected = {
      name: 'face-age',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [
        { name: 'image', datatype: 'BYTES', shape: [-1] },
        { name: 'pixels', datatype: 'UINT8', shape: [-1, SIDE, SIDE, 1] },
      ],
      outputs: [
        { name: 'age_distribution', datatype: 'FP32', shape: [-1, 101] },
        { name: 'buckets', datatype: 'FP32', shape: [-1, 10] },
        { name: 'age', datatype: 'FP32', shape: [-1, 1] },
      ],
    };
    expect((await get(model)).body).toEqual(expected);
    expect((await get(`${model}/versions/1`)).body).toEqual(expected);
  });

  it.each(['/v2/health/live', '/v2/health/ready', `${model}/ready`, `${model}/versions/1/ready`])(
    'are well at %s',
    async (path) => expect((await get(path)).status).toBe(200),
  );

  it('return errors in the format of the protocol', async () => {
    for (const path of ['/v2/models/other', `${model}/versions/9/ready`, '/v2/nothing']) {
      const { status, headers, body } = await get(path);
      expect(status).toBe(404);
      expect(headers['content-type']).toContain('application/json');
      expect(Object.keys(body as object)).toEqual(['error']);
    }
  });

  it('list the versions of the registry', async () => {
    await service.folder.writeVersion(2);
    const index = (body: object) =>
      answerTo(request(service.app).post('/v2/repository/index').send(body).expect(200));
    expect(repositoryIndexSchema.parse((await index({})).body)).toEqual([
      { name: 'face-age', version: '1', state: 'READY', reason: '' },
      { name: 'face-age', version: '2', state: 'UNAVAILABLE', reason: 'not loaded' },
    ]);
    expect((await index({ ready: true })).body).toHaveLength(1);
  });

  it('are not ready without a version', async () => {
    const empty = await createTestService({ ready: false });
    for (const path of ['/v2/health/ready', `${model}/ready`]) {
      const { status, body } = await answerTo(request(empty.app).get(path));
      expect(status).toBe(503);
      expect(body).toHaveProperty('error');
    }
    await empty.close();
  });
});

describe('infer in JSON', () => {
  it('answers encoded photos with all outputs, a row each', async () => {
    const body = { id: '42', inputs: [images(young, old)] };
    const answer = inferAnswerSchema.parse((await answerTo(infer(body).expect(200))).body);
    expect(answer).toMatchObject({ model_name: 'face-age', model_version: '1', id: '42' });
    expect(answer.outputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([
      ['age_distribution', 'FP32', [2, 101]],
      ['buckets', 'FP32', [2, 10]],
      ['age', 'FP32', [2, 1]],
    ]);
    const [distribution, buckets, age] = answer.outputs;
    expect(age!.data).toEqual([25, 71]);
    expect(distribution!.data!.indexOf(1)).toBe(25);
    expect(buckets!.data!.slice(10).indexOf(1)).toBe(7);
  });

  it('returns the distribution after the head: tempered', async () => {
    const tempered = await createTestService({
      manifest: { head: { ...ages, temperature: 2 } },
    });
    tempered.engine.networks[0]!.run = (_pixels, count) => {
      const output = new Float32Array(101 * count);
      output.set([0.8, 0.2]);
      return Promise.resolve(output);
    };
    const body = { inputs: [images(young)], outputs: [{ name: 'age_distribution' }] };
    const test = request(tempered.app).post(`${model}/infer`).send(body);
    const [first] = (await dataOf(test, 'age_distribution')) as number[];
    // √0.8 / (√0.8 + √0.2)
    expect(first).toBeCloseTo(2 / 3, 6);
    await tempered.close();
  });

  it('answers pixels as it answers the photo they came from', async () => {
    const pixels = new Array<number>(SIDE * SIDE).fill(levelOfAge(71));
    const shape = [1, SIDE, SIDE, 1];
    const flat = { name: 'pixels', datatype: 'UINT8', shape, data: pixels };
    expect(await dataOf(infer({ inputs: [flat] }), 'age')).toEqual([71]);
    const nested = { ...flat, data: [[pixels.map((level) => [level])]] };
    expect(await dataOf(infer({ inputs: [nested] }), 'age')).toEqual([71]);
  });

  it('answers with the outputs asked for, in that order', async () => {
    const outputs = [{ name: 'age' }, { name: 'buckets' }];
    const answer = await answerTo(infer({ inputs: [images(young)], outputs }).expect(200));
    expect(outputsOf(answer).map(({ name }) => name)).toEqual(['age', 'buckets']);
  });

  it('answers with classes as value:index:label', async () => {
    const outputs = [{ name: 'buckets', parameters: { classification: 2 } }];
    const answer = await answerTo(infer({ inputs: [images(young, old)], outputs }).expect(200));
    expect(outputsOf(answer)).toEqual([
      {
        name: 'buckets',
        datatype: 'BYTES',
        shape: [2, 2],
        data: ['1:2:20-29', '0:0:0-9', '1:7:70-79', '0:0:0-9'],
      },
    ]);
  });

  it.each([
    ['no JSON', '{'],
    ['no input', { inputs: [] }],
    ['two inputs', { inputs: [{ ...noPixels }, { ...noPixels }] }],
    ['an unknown input', { inputs: [{ ...noPixels, name: 'photo' }] }],
    ['another type', { inputs: [{ ...noPixels, datatype: 'FP32' }] }],
    ['a shape that does not fit', { inputs: [{ ...noPixels, shape: [1, 8, 8, 1] }] }],
    ['a size of input the model does not take', { inputs: [pixelsOf(8)] }],
    ['no data', { inputs: [{ ...noPixels, data: undefined }] }],
    ['levels beyond 255', { inputs: [{ ...pixelsOf(16), data: new Array(256).fill(256) }] }],
    ['base64 that is none', { inputs: [{ ...images(), shape: [1], data: ['*'] }] }],
    ['fewer photos than the shape says', { inputs: [{ ...images(), shape: [2], data: ['aaaa'] }] }],
    [
      'an output named twice',
      { inputs: [pixelsOf(SIDE)], outputs: [{ name: 'age' }, { name: 'age' }] },
    ],
    ['an unknown output', { inputs: [pixelsOf(16)], outputs: [{ name: 'sex' }] }],
  ])('refuses %s', async (_what, body) => {
    const { status, body: fault } = await answerTo(infer(body));
    expect([status, Object.keys(fault as object)]).toEqual([400, ['error']]);
  });

  it('refuses what is no photo, and more photos than a request may hold', async () => {
    const text = await answerTo(infer({ inputs: [images(Buffer.from('hello'))] }));
    expect(text.status).toBe(415);
    expect(text.body).toMatchObject({
      error: expect.stringMatching(/^unsupported_image/) as string,
    });
    const many = { ...images(), shape: [17], data: [] };
    expect((await answerTo(infer({ inputs: [many] }))).status).toBe(413);
  });
});

describe('stats', () => {
  it('count photos, batches and time by version', async () => {
    const fresh = await createTestService();
    const [network] = fresh.engine.networks;
    const atFirst = network!.batches.length;
    const body = { inputs: [images(young, old)] };
    await request(fresh.app).post(`${model}/infer`).send(body).expect(200);
    await request(fresh.app).post('/v1/predict').attach('image', young, 'a.jpg').expect(200);
    await request(fresh.app).post('/v1/predict').type('image/png').send('x').expect(415);
    const { body: stats } = await answerTo(request(fresh.app).get(`${model}/stats`).expect(200));
    const [figures] = modelStatsSchema.parse(stats).model_stats;
    expect(figures).toMatchObject({ name: 'face-age', version: '1', inference_count: 3 });
    expect(figures!.execution_count).toBe(network!.batches.length - atFirst);
    expect(figures!.inference_stats.success.count).toBe(3);
    expect(figures!.inference_stats.success.ns).toBeGreaterThan(0);
    expect(figures!.inference_stats.fail.count).toBe(1);
    expect(Date.now() - figures!.last_inference).toBeLessThan(60_000);
    await fresh.close();
  });
});
