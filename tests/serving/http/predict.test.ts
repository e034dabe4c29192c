import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  predictAnswerSchema,
  type PredictAnswer,
  type Prediction,
} from '../../../src/serving/predict/answer.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { encoder, paint } from '../../support/pictures.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

let service: TestService;
let young: Buffer;
let old: Buffer;

beforeAll(async () => {
  service = await createTestService();
  young = await grayJpeg(levelOfAge(25));
  old = await grayJpeg(levelOfAge(71));
});
afterAll(() => service.close());

const post = (query = '') => request(service.app).post(`/v1/predict${query}`);
const answerOf = (response: { body: unknown }): PredictAnswer =>
  predictAnswerSchema.parse(response.body);
const predictionOf = (response: { body: unknown }, index = 0): Prediction =>
  answerOf(response).predictions[index] as Prediction;

describe('POST /v1/predict', () => {
  it('answers a multipart photo with buckets, age and the model that computed them', async () => {
    const response = await post().attach('image', young, 'a.jpg').expect(200);
    const { model, requestId } = answerOf(response);
    const engine = { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' };
    expect(model).toEqual({ name: 'face-age', version: 1, ...engine });
    const prediction = predictionOf(response);
    expect(prediction.id).toBe(`${requestId}-0`);
    expect(prediction.filename).toBe('a.jpg');
    expect(prediction.bucket).toEqual({ label: '20-29', min: 20, max: 29, probability: 1 });
    expect(prediction.buckets).toHaveLength(10);
    expect(prediction.age.mean).toBe(25);
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('answers a raw image body', async () => {
    const response = await post().type('image/jpeg').send(old).expect(200);
    expect(predictionOf(response).bucket.label).toBe('70-79');
    expect(predictionOf(response)).not.toHaveProperty('filename');
  });

  it('answers a raw body of no declared image type', async () => {
    const response = await post().type('application/octet-stream').send(old).expect(200);
    expect(predictionOf(response).bucket.label).toBe('70-79');
  });

  it.each([
    ['plain', (photo: Buffer) => photo.toString('base64')],
    ['in lines', (photo: Buffer) => photo.toString('base64').replace(/.{76}/g, '$&\n')],
    ['as a data: URL', (photo: Buffer) => `data:image/jpeg;base64,${photo.toString('base64')}`],
  ])('answers base64 in JSON, %s', async (_how, encode) => {
    const response = await post()
      .send({ images: [encode(young), encode(old)] })
      .expect(200);
    expect(predictionOf(response, 0).bucket.label).toBe('20-29');
    expect(predictionOf(response, 1).bucket.label).toBe('70-79');
  });

  it('answers 16 photos in the order sent', async () => {
    const ages = Array.from({ length: 16 }, (_, index) => index * 6);
    let form = post();
    for (const age of ages)
      form = form.attach('image', await grayJpeg(levelOfAge(age)), `${age}.jpg`);
    const { predictions } = answerOf(await form.expect(200));
    expect(predictions.map(({ index }) => index)).toEqual(ages.map((_, index) => index));
    expect(
      predictions.map((prediction) => Math.round((prediction as Prediction).age.mean)),
    ).toEqual(ages);
  });

  it('answers the good photos and gives each bad one its problem', async () => {
    const response = await post()
      .attach('image', Buffer.from('hello'), 'note.txt')
      .attach('image', young, 'a.jpg')
      .attach('image', young.subarray(0, 200), 'cut.jpg')
      .expect(200);
    const [text, good, cut] = answerOf(response).predictions;
    expect(text).toMatchObject({
      index: 0,
      filename: 'note.txt',
      error: { code: 'unsupported_image_format', status: 415 },
    });
    expect(good).toMatchObject({ index: 1, bucket: { label: '20-29' } });
    expect(cut).toMatchObject({ index: 2, error: { code: 'image_undecodable', status: 422 } });
  });

  it('answers with the first problem and all of them when every photo is bad', async () => {
    const response = await post()
      .attach('image', young.subarray(0, 200), 'cut.jpg')
      .attach('image', Buffer.from('hello'), 'note.txt')
      .expect(422);
    expect(response.body).toMatchObject({
      code: 'image_undecodable',
      errors: [
        { index: 0, filename: 'cut.jpg', error: { code: 'image_undecodable' } },
        { index: 1, filename: 'note.txt', error: { code: 'unsupported_image_format' } },
      ],
    });
  });

  it('keeps a file name in UTF-8 as it was sent', async () => {
    const response = await post().attach('image', young, 'Zoë 写真.jpg').expect(200);
    expect(predictionOf(response).filename).toBe('Zoë 写真.jpg');
  });

  it('warns of a photo without contrast', async () => {
    const response = await post().attach('image', young, 'a.jpg').expect(200);
    expect(predictionOf(response).warnings).toContain('low_contrast');
  });
});

describe('the crop of POST /v1/predict', () => {
  /** 25 years old on the left, 71 on the right. */
  const pair = () =>
    encoder(
      paint(80, 40, (x) => {
        const level = levelOfAge(x < 40 ? 25 : 71);
        return [level, level, level];
      }),
    )
      .png()
      .toBuffer();

  it.each([
    ['0,0,40,40', 25],
    ['40,0,40,40', 71],
    ['0.5,0,0.5,1', 71],
    ['45,10,20,20&margin=0.25', 71],
    // The middle holds half of either.
    ['center', 48],
  ])('%s answers for that part of the photo', async (crop, age) => {
    const response = await post(`?crop=${crop}`)
      .attach('image', await pair(), 'a.png')
      .expect(200);
    expect(predictionOf(response).age.mean).toBeCloseTo(age, -0.4);
  });

  it('beyond a photo is that photo’s fault alone', async () => {
    const large = await grayJpeg(levelOfAge(25), 200);
    const response = await post('?crop=0,0,150,150')
      .attach('image', await pair(), 'small.png')
      .attach('image', large, 'large.jpg')
      .expect(200);
    const [small, answered] = answerOf(response).predictions;
    expect(small).toMatchObject({ error: { code: 'crop_outside_image', status: 422 } });
    expect(answered).toMatchObject({ bucket: { label: '20-29' } });
  });

  it('of too few pixels holds no face', async () => {
    const response = await post('?crop=0,0,15,40')
      .attach('image', await pair(), 'a.png')
      .expect(422);
    expect(response.body).toMatchObject({ code: 'image_too_small' });
  });
});

describe('the query of POST /v1/predict', () => {
  const withPhoto = (query: string) => post(query).attach('image', young, 'a.jpg');

  it('answers with the buckets asked for', async () => {
    const response = await withPhoto('?buckets=0-12,13-17,18-24,25-120').expect(200);
    expect(predictionOf(response).buckets.map(({ label }) => label)).toEqual([
      '0-12',
      '13-17',
      '18-24',
      '25-120',
    ]);
    expect(predictionOf(response).bucket.label).toBe('25-120');
  });

  it('decides about thresholds', async () => {
    const response = await withPhoto('?atLeast=18,25,26').expect(200);
    expect(predictionOf(response).atLeast).toEqual([
      { age: 18, probability: 1, decision: 'yes' },
      { age: 25, probability: 1, decision: 'yes' },
      { age: 26, probability: 0, decision: 'no' },
    ]);
  });

  it.each(['1', 'production'])('answers with the serving model asked for as %s', async (model) => {
    await withPhoto(`?model=${model}`).expect(200);
  });

  it('answers with the serving model asked for by another of its aliases', async () => {
    await service.folder.writeAlias('champion', 1);
    await withPhoto('?model=champion').expect(200);
  });

  it.each(['7', 'nobody'])('does not know the model %s', async (model) => {
    const response = await withPhoto(`?model=${model}`).expect(404);
    expect(response.body).toMatchObject({ code: 'model_not_found' });
  });

  it.each(['2', 'challenger'])('knows but has not loaded the model %s', async (model) => {
    await service.folder.writeVersion(2);
    await service.folder.writeAlias('challenger', 2);
    const response = await withPhoto(`?model=${model}`).expect(409);
    expect(response.body).toMatchObject({ code: 'model_not_loaded' });
  });

  it.each([
    ['?buckets=0-12,14-100', 'buckets'],
    ['?buckets=18-24', 'buckets'],
    ['?buckets=old', 'buckets'],
    ['?atLeast=eighteen', 'atLeast'],
    ['?atLeast=101', 'atLeast'],
    ['?confidence=0.5', 'confidence'],
    ['?confidence=1.01', 'confidence'],
    ['?confidence=high', 'confidence'],
    ['?crop=1,2,3', 'crop'],
    ['?crop=0,0,0,50', 'crop'],
    ['?crop=middle', 'crop'],
    ['?crop=0,0,50,50&margin=3', 'margin'],
    ['?margin=0.3', 'margin'],
    ['?crop=center&margin=0.3', 'margin'],
    ['?model=../../etc', 'model'],
    ['?atLeast=18&atLeast=21', 'atLeast'],
    ['?bucket=0-100', 'bucket'],
  ])('refuses %s before it reads the photo', async (query, parameter) => {
    const response = await withPhoto(query).expect(400);
    expect(response.body).toMatchObject({ code: 'invalid_query' });
    expect((response.body as { detail: string }).detail).toContain(parameter);
  });
});
