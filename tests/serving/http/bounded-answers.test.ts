import { randomBytes } from 'node:crypto';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerTo } from '../../support/answer-to.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

let service: TestService;
let photo: Buffer;
const PHOTOS = 200;

beforeAll(async () => {
  service = await createTestService({
    limits: { maxImages: PHOTOS, requestMaxBytes: 4_000_000 },
    batching: { queueMaxImages: PHOTOS },
  });
  photo = await grayJpeg(100);
});
afterAll(() => service.close());

const years = Array.from({ length: 101 }, (_, age) => age);
const everyYear = `buckets=${years.map((age) => `${age}-${age}`).join(',')}&atLeast=${years.join(',')}`;
const predict = (query: string, images: string[]) =>
  answerTo(request(service.app).post(`/v1/predict?${query}`).send({ images }));

describe('an answer that would be far larger than its request', () => {
  it('is refused with what to reduce', async () => {
    const images = Array.from({ length: PHOTOS }, () => photo.toString('base64'));
    const { status, body } = await predict(everyYear, images);
    expect([status, body]).toMatchObject([400, { code: 'invalid_query' }]);
    expect((body as { detail: string }).detail).toMatch(/40400 .* 20000.*fewer photos/);
    const allowed = await predict(everyYear, images.slice(0, 16));
    expect(allowed.status).toBe(200);
    expect(allowed.text.length).toBeLessThan(400_000);
  });

  it('is refused where it has more buckets than ages', async () => {
    const many = Array.from({ length: 500 }, (_, age) => `${age}-${age}`).join(',');
    const { status, body } = await predict(`buckets=${many}`, ['']);
    expect(status).toBe(400);
    expect((body as { detail: string }).detail).toContain('at most 101');
  });

  it('is small where no photo can be answered', async () => {
    const images = Array.from({ length: PHOTOS }, () => randomBytes(30).toString('base64'));
    const { status, text } = await predict('', images);
    expect(status).toBe(415);
    expect(text.length).toBeLessThan(PHOTOS * 700);
  });
});

it('a file name is repeated up to 255 characters', async () => {
  const name = 'n'.repeat(8000);
  const form = request(service.app).post('/v1/predict').attach('image', photo, name);
  const { body } = await answerTo(form.attach('image', photo, 'b.jpg'));
  const [{ filename }] = (body as { predictions: [{ filename: string }] }).predictions;
  expect(filename).toBe(`${'n'.repeat(254)}…`);
});

describe('an error repeats little of what was sent', () => {
  const long = 'abcdefghij'.repeat(1200);
  const json = (path: string, body: object, headers: Record<string, string> = {}) =>
    request(service.app).post(path).set(headers).send(body);
  const infer = '/v2/models/face-age/infer';
  const input = { name: 'image', datatype: 'BYTES', shape: [1], data: ['aaaa'] };
  const cases: [string, () => request.Test][] = [
    ['a path', () => request(service.app).get(`/${long}`)],
    ['a version', () => request(service.app).get(`/v1/models/${long}`)],
    ['a parameter', () => json(`/v1/predict?${long}=1`, {})],
    [
      'many parameters',
      () =>
        json(`/v1/predict?${'a=1&'.repeat(900).replaceAll('a', (_m, at: number) => `p${at}`)}`, {}),
    ],
    ['a model', () => json(`/v1/predict?model=${long}`, {})],
    ['buckets', () => json(`/v1/predict?buckets=${long}`, {})],
    ['a crop', () => json(`/v1/predict?crop=${long}`, {})],
    ['a field', () => json('/v1/predict', { [long.slice(0, 1000)]: 1 })],
    ['a content type', () => request(service.app).post('/v1/predict').type(long).send('x')],
    [
      'a boundary',
      () =>
        request(service.app).post('/v1/predict').type(`multipart/form-data; x=${long}`).send('x'),
    ],
    [
      'a field of a form',
      () => request(service.app).post('/v1/predict').attach(long.slice(0, 90), photo, 'a'),
    ],
    ['a request id', () => json('/v1/predict', {}, { 'X-Request-Id': long })],
    ['an input', () => json(infer, { inputs: [{ ...input, name: long }] })],
    [
      'a short input',
      () => json(infer, { inputs: [{ ...input, name: long.slice(0, 100), data: [] }] }),
    ],
    ['an output', () => json(infer, { inputs: [input], outputs: [{ name: long.slice(0, 100) }] })],
    ['an id', () => json(infer, { id: long, inputs: [input] })],
    ['a name of /v2', () => json(`/v2/models/${long}/infer`, {})],
    ['a length', () => json(infer, {}, { 'Inference-Header-Content-Length': long })],
  ];
  it.each(cases)('from %s', async (_what, send) => {
    const { status, text, headers } = await answerTo(send());
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(text.length).toBeLessThan(1200);
    for (const value of [text, ...Object.values(headers).map(String)])
      expect(value).not.toContain(long.slice(0, 210));
  });
});
