import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { StorageError } from '../../../src/registry/store/object-store.ts';
import { answerTo } from '../../support/answer-to.ts';
import {
  kept,
  memory,
  photo,
  postForm,
  postJson,
  remove,
  service,
  useFeedbackService,
} from '../../support/feedback-service.ts';
import { grayJpeg } from '../../support/gray-photo.ts';

useFeedbackService();

describe('POST /v1/feedback', () => {
  it.each([
    ['no image of any kind', Buffer.from('hello, I am text'), 415, 'unsupported_image_format'],
    [
      'a damaged one',
      Buffer.from('\xff\xd8\xff\xe0 but no more', 'latin1'),
      422,
      'image_undecodable',
    ],
    ['one of too many bytes', Buffer.alloc(100_001), 413, 'image_too_large'],
  ])('refuses %s as a prediction does', async (_what, bytes, status, code) => {
    const { body } = await answerTo(postForm(30, bytes).expect(status));
    expect(body).toMatchObject({ code });
    const predicted = await answerTo(
      request(service.app).post('/v1/predict').attach('image', bytes, 'a.jpg').expect(status),
    );
    expect(predicted.body).toMatchObject({ code });
    expect(memory.objects.size).toBe(0);
  });

  it.each(['121', '-1', '30.5', 'thirty', '', '030000'])('refuses the age %j', async (age) => {
    const { body } = await answerTo(postForm(age).expect(400));
    expect(body).toMatchObject({ code: 'malformed_request' });
    expect((body as { detail: string }).detail).toMatch(/^"age": /);
    expect(memory.objects.size).toBe(0);
  });

  it.each([
    [{ age: 30 }],
    [{ predictionId: 'a-0', image: 'aGVsbG8=', age: 30 }],
    [{ predictionId: 'a-0', age: '30' }],
    [{ predictionId: 'a-0', age: 121 }],
    [{ predictionId: 'a-0', age: 30, sex: 'f' }],
    [{ predictionId: 'a-0', age: 30, source: '<script>' }],
    [{ predictionId: 'a-0', age: 30, source: 'x'.repeat(65) }],
    [{ predictionId: 'x'.repeat(101), age: 30 }],
    [{ image: '%%%', age: 30 }],
    [{ predictionId: 'a-0', age: 30, minAge: 30, maxAge: 30 }],
    [{ predictionId: 'a-0', minAge: 30 }],
    [{ predictionId: 'a-0', minAge: 31, maxAge: 30 }],
    [{ predictionId: 'a-0', minAge: 30, maxAge: 121 }],
    [{ predictionId: 'a-0', age: 30, face: { x: 0, y: 0, width: 9, height: 9 } }],
    [{ image: 'aGVsbG8=', age: 30, face: { x: 0, y: 0, width: 0, height: 9 } }],
    [{ image: 'aGVsbG8=', age: 30, face: { x: 1e9, y: 0, width: 9, height: 9 } }],
    [{ image: 'aGVsbG8=', age: 30, face: '0,0,9,9' }],
  ])('refuses %j', async (body) => {
    expect((await answerTo(postJson(body).expect(400))).body).toMatchObject({
      code: 'malformed_request',
    });
  });

  it.each([
    '',
    '1,2,3',
    '1,2,3,4,5',
    '1,2,3,-4',
    'a,b,c,d',
    '1,2,3,4,',
    '1e9,2,3,4',
    '0,0,1000000,1',
  ])('refuses the face %j of a form', async (face) => {
    const { body } = await answerTo(postForm(30).field('face', face).expect(400));
    expect(body).toMatchObject({ code: 'malformed_request' });
    expect((body as { detail: string }).detail).toMatch(/^"face/);
  });

  it('refuses forms that it does not know', async () => {
    const raw = request(service.app).post('/v1/feedback').type('image/jpeg').send(photo);
    expect((await answerTo(raw.expect(415))).body).toMatchObject({
      code: 'unsupported_media_type',
    });
    const two = postForm(30).attach('image', photo, 'b.jpg').expect(413);
    expect((await answerTo(two)).body).toMatchObject({ code: 'too_many_images' });
    const text = request(service.app).post('/v1/feedback').field('age', '30').expect(400);
    expect((await answerTo(text)).body).toMatchObject({ code: 'no_image' });
    const twice = postForm(30).field('age', '31').expect(400);
    expect((await answerTo(twice)).body).toMatchObject({ code: 'malformed_request' });
  });

  it('accepts a number of records in all, until some are deleted, and answers no photo beyond it', async () => {
    const ids: string[] = [];
    for (const level of [10, 60, 110]) ids.push((await kept(30, await grayJpeg(level))).id);
    const answered = () => service.engine.networks.flatMap(({ batches }) => batches).length;
    const before = answered();
    const { body } = await answerTo(postForm(30).expect(507));
    expect(body).toMatchObject({ code: 'feedback_full' });
    expect(answered()).toBe(before);
    await remove(ids[0]!).expect(204);
    await postForm(30).expect(201);
  });

  it('reports an outage of the store without quoting its error', async () => {
    memory.before = () => {
      throw new StorageError('cannot write /home/secret: no space');
    };
    const { body, text } = await answerTo(postForm(30).expect(503));
    expect(body).toMatchObject({ code: 'feedback_unavailable' });
    expect(text).not.toContain('secret');
  });
});
