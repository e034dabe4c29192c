import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeApi } from '../../../src/serving/http/openapi/face-age-api.ts';
import { answerTo } from '../../support/answer-to.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

let service: TestService;

beforeAll(async () => {
  service = await createTestService({ limits: { requestMaxBytes: 10_000_000 } });
});
afterAll(async () => {
  await service.close();
});

const MILLIONS = 3_000_000;
const input = { name: 'image', datatype: 'BYTES', shape: [1], data: ['aaaa'] };

async function post(path: string, body: object) {
  const answer = await answerTo(request(service.app).post(path).send(body));
  return { status: answer.status, text: answer.text };
}

describe('an array with millions of faults is refused in a few words', () => {
  it('as images', async () => {
    const { status, text } = await post('/v1/predict', {
      images: new Array<number>(MILLIONS).fill(1),
    });
    expect([status, text]).toEqual([413, expect.stringContaining('too_many_images')]);
    expect(text.length).toBeLessThan(1000);
  });

  it.each([
    ['inputs', { inputs: new Array<number>(MILLIONS).fill(1) }],
    ['outputs', { inputs: [input], outputs: new Array<number>(MILLIONS).fill(1) }],
    ['a shape', { inputs: [{ ...input, shape: new Array<string>(130_000).fill('1') }] }],
    ['data', { inputs: [{ ...input, data: new Array<number>(MILLIONS).fill(1) }] }],
    ['nested data', { inputs: [{ ...input, data: [[new Array<number>(MILLIONS).fill(1)]] }] }],
  ])('as %s of /v2', async (_what, body) => {
    const { status, text } = await post('/v2/models/face-age/infer', body);
    expect([status, text]).toEqual([400, expect.stringContaining('malformed_request')]);
    expect(text.length).toBeLessThan(1000);
  });

  it('as fields that are not known', async () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => [`field${index}`, 1]);
    const { status, text } = await post('/v1/predict', Object.fromEntries(keys) as object);
    expect(status).toBe(400);
    expect(text.length).toBeLessThan(1000);
  });

  it('as ages of the query', async () => {
    const { status, text } = await post(`/v1/predict?atLeast=${'x,'.repeat(5000)}`, {});
    expect([status, text]).toEqual([400, expect.stringContaining('at most 101 ages')]);
    expect(text.length).toBeLessThan(1000);
  });
});

it('a binary tensor of empty elements is refused at the first one too many', async () => {
  const tensor = Buffer.alloc(4_000_000);
  const json = JSON.stringify({
    inputs: [{ ...input, data: undefined, parameters: { binary_data_size: tensor.length } }],
  });
  const test = request(service.app)
    .post('/v2/models/face-age/infer')
    .type('application/octet-stream')
    .set('Inference-Header-Content-Length', String(json.length))
    .send(Buffer.concat([Buffer.from(json), tensor]));
  const { status, text } = await answerTo(test);
  expect([status, text]).toEqual([400, expect.stringContaining('has more than 1 elements')]);
});

it('the document contains the bounds', () => {
  const schemas = describeApi().components.schemas!;
  expect(schemas.Photos).toMatchObject({ properties: { images: { maxItems: 1000 } } });
  expect(schemas.InferRequest).toMatchObject({
    properties: {
      inputs: {
        minItems: 1,
        maxItems: 16,
        items: { properties: { shape: { maxItems: 8 }, data: { type: 'array' } } },
      },
      outputs: { maxItems: 16 },
    },
  });
});
