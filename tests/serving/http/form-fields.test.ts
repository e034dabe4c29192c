import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { predictAnswerSchema, type Prediction } from '../../../src/serving/predict/answer.ts';
import { answerTo } from '../../support/answer-to.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

let service: TestService;
let photo: Buffer;
beforeAll(async () => {
  service = await createTestService();
  photo = await grayJpeg(levelOfAge(33), 400);
});
afterAll(() => service.close());

const predictionOf = (body: unknown) =>
  predictAnswerSchema.parse(body).predictions[0] as Prediction;

describe('the text fields of a form', () => {
  const send = (fields: Readonly<Record<string, string>>, query = '') => {
    const post = request(service.app).post(`/v1/predict${query}`).attach('image', photo, 'a.jpg');
    for (const [name, value] of Object.entries(fields)) void post.field(name, value);
    return post;
  };

  it('count like parameters of the query', async () => {
    const fields = {
      crop: '0.1,0.1,0.5,0.5',
      atLeast: '18,21',
      buckets: '0-17,18-120',
      faces: 'none',
      model: 'production',
      confidence: '0.9',
    };
    const { body } = await answerTo(send(fields).expect(200));
    const query = new URLSearchParams(fields);
    const { body: asked } = await answerTo(send({}, `?${query.toString()}`).expect(200));
    const [given, expected] = [body, asked].map((answer) => ({ ...predictionOf(answer), id: '' }));
    expect(given).toEqual(expected);
    expect(given!.atLeast).toHaveLength(2);
  });

  it.each([
    ['unknown', { age: '30' }, '', /unknown parameter "age"; known are/],
    ['not valid', { crop: '1,2' }, '', /crop: must be x,y,width,height/],
    ['given in the query too', { crop: '0,0,9,9' }, '?crop=0,0,9,9', /crop: give it once/],
  ])('are refused where one is %s', async (_what, fields, query, detail) => {
    const { body } = await answerTo(send(fields, query).expect(400));
    expect(body).toMatchObject({
      code: 'invalid_query',
      detail: expect.stringMatching(detail) as string,
    });
  });

  it('can name a version, which must be loaded', async () => {
    const { body } = await answerTo(send({ model: '9' }).expect(404));
    expect(body).toMatchObject({ code: 'model_not_found' });
  });
});
