/* eslint-disable max-lines -- all of one route's answers, with what they share */
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nameOfId } from '../../src/feedback/feedback-keys.ts';
import { FeedbackStore } from '../../src/feedback/feedback-store.ts';
import { feedbackAnswerSchema, feedbackPageSchema } from '../../src/http/feedback-routes.ts';
import { predictAnswerSchema, type Prediction } from '../../src/predict/answer.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { answerTo, type HttpAnswer } from '../support/answer-to.ts';
import { greyJpeg, levelOfAge } from '../support/grey-photo.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createTestService, type TestService } from '../support/test-service.ts';
import { writableMemoryStore, type WritableMemoryStore } from '../support/writable-memory-store.ts';

const ADMIN_TOKEN = 'a-token-of-16-or-more';
let memory: WritableMemoryStore;
let clock: ManualClock;
let service: TestService;
/** The fake engine takes it for 25 years old. */
let photo: Buffer;
const settings = { FEEDBACK_MEMORY_SECONDS: 60, FEEDBACK_PER_MINUTE: 20, FEEDBACK_MAX_PHOTOS: 3 };

beforeEach(async () => {
  memory = writableMemoryStore();
  clock = new ManualClock();
  photo = await greyJpeg(levelOfAge(25));
  await open();
});
afterEach(() => service.close());

async function open(more: object = {}): Promise<void> {
  const feedback = { store: memory, clock, settings: { ...settings, ...more } };
  service = await createTestService({ adminToken: ADMIN_TOKEN, feedback });
}

const postForm = (age: string | number, bytes = photo) =>
  request(service.app)
    .post('/v1/feedback')
    .field('age', String(age))
    .attach('image', bytes, 'private name.jpg');
const postJson = (body: object) => request(service.app).post('/v1/feedback').send(body);
const remove = (id: string) => request(service.app).delete(`/v1/feedback/${id}`);
const list = (query = '') =>
  request(service.app).get(`/v1/feedback${query}`).set('Authorization', `Bearer ${ADMIN_TOKEN}`);
const told = ({ body }: HttpAnswer) => feedbackAnswerSchema.parse(body);
const kept = async (age = 30, bytes = photo) =>
  told(await answerTo(postForm(age, bytes).expect(201)));

async function predict(bytes = photo): Promise<string> {
  const { body } = await answerTo(
    request(service.app).post('/v1/predict').attach('image', bytes, 'a.jpg').expect(200),
  );
  return (predictAnswerSchema.parse(body).predictions[0] as Prediction).id;
}

async function results(): Promise<Record<string, number>> {
  const { values } = await service.metrics.feedback.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels.result), value]));
}

describe('POST /v1/feedback', () => {
  it('keeps a photo of a form with its age, and says what was answered to it', async () => {
    const answer = await answerTo(postForm(30).field('source', 'booth 7').expect(201));
    const { id, ...rest } = told(answer);
    expect(rest).toMatchObject({
      state: 'pending',
      age: 30,
      errorYears: -5,
      answer: { model: { name: 'face-age', version: 1 }, age: { mean: 25 } },
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    const store = new FeedbackStore(memory);
    const record = (await store.findById(id))!;
    expect(record).toMatchObject({
      origin: { kind: 'upload' },
      source: 'booth 7',
      requestId: rest.requestId,
      createdAt: '2026-01-01T00:00:00.000Z',
    });
    expect(photo.equals(await store.readPhoto(record))).toBe(true);
    expect([...memory.objects.values()].join()).not.toContain('private name');
  });

  it('keeps a photo of a JSON body', async () => {
    const image = photo.toString('base64');
    const { id } = told(await answerTo(postJson({ image, age: 30 }).expect(201)));
    expect((await new FeedbackStore(memory).findById(id))?.age).toBe(30);
  });

  it('keeps the photo of a prediction with the answer that was given', async () => {
    const predictionId = await predict();
    await service.folder.writeVersion(2);
    await service.serve(2);
    const { id, answer } = told(await answerTo(postJson({ predictionId, age: 30 }).expect(201)));
    expect(answer.model.version).toBe(1);
    const record = (await new FeedbackStore(memory).findById(id))!;
    expect(record.origin).toEqual({ kind: 'prediction', predictionId });
    expect(photo.equals(await new FeedbackStore(memory).readPhoto(record))).toBe(true);
  });

  it('forgets a prediction in time', async () => {
    const predictionId = await predict();
    await clock.advance(60_000);
    const { body } = await answerTo(postJson({ predictionId, age: 30 }).expect(404));
    expect(body).toMatchObject({ code: 'prediction_forgotten' });
    await postJson({ predictionId: 'never-was-0', age: 30 }).expect(404);
    expect(memory.objects.size).toBe(0);
  });

  it('takes a photo that comes with its age for no traffic: nobody watches it', async () => {
    await kept();
    const { values } = await service.metrics.feedbackMemoryBytes.get();
    expect(values[0]!.value).toBe(0);
  });

  it('remembers no more bytes than allowed, whatever is predicted', async () => {
    await service.close();
    await open({ FEEDBACK_MEMORY_BYTES: 8_000 });
    const ids: string[] = [];
    for (let level = 0; level < 250; level += 10) ids.push(await predict(await greyJpeg(level)));
    const { values } = await service.metrics.feedbackMemoryBytes.get();
    expect(values[0]!.value).toBeGreaterThan(1_000);
    expect(values[0]!.value).toBeLessThanOrEqual(8_000);
    await postJson({ predictionId: ids[0], age: 30 }).expect(404);
    await postJson({ predictionId: ids.at(-1), age: 30 }).expect(201);
  });

  it('answers with the same id for the same photo and age, however and by whomever sent', async () => {
    const { id } = await kept();
    const again = told(await answerTo(postForm(30).expect(200)));
    expect(again.id).toBe(id);
    const predictionId = await predict();
    expect(told(await answerTo(postJson({ predictionId, age: 30 }).expect(200))).id).toBe(id);
    expect(memory.objects.size).toBe(2);
    expect(await results()).toEqual({ stored: 1, known: 2 });
  });

  it('refuses another age of the same photo without telling the first, until that is deleted', async () => {
    const { id } = await kept(30);
    const { body, text } = await answerTo(postForm(42).expect(409));
    expect(body).toMatchObject({ code: 'feedback_conflict' });
    expect(text).not.toContain(id);
    expect((body as { detail: string }).detail).not.toMatch(/\d/);
    await remove(id).expect(204);
    await postForm(42).expect(201);
  });

  it('keeps one photo of many sent at the same time', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 8 }, async () => (await answerTo(postForm(30))).status),
    );
    expect(statuses.toSorted()).toEqual([...Array<number>(7).fill(200), 201]);
    expect(memory.objects.size).toBe(2);
  });

  it('is trained on at once where it is accepted automatically', async () => {
    await service.close();
    await open({ FEEDBACK_ACCEPT: 'auto' });
    expect((await kept()).state).toBe('accepted');
  });

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
  ])('refuses %j', async (body) => {
    expect((await answerTo(postJson(body).expect(400))).body).toMatchObject({
      code: 'malformed_request',
    });
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

  it('takes so many in a minute, and no photo is read of those beyond', async () => {
    for (let taken = 0; taken < settings.FEEDBACK_PER_MINUTE; taken++)
      await postJson({ predictionId: 'a-0', age: 30 }).expect(404);
    const { body, headers } = await answerTo(postForm(30).expect(429));
    expect(body).toMatchObject({ code: 'rate_limited' });
    expect(headers['retry-after']).toBe('60');
    await clock.advance(60_000);
    await postForm(30).expect(201);
  });

  it('takes so many in all, until some are deleted, and no photo is answered of those beyond', async () => {
    const ids: string[] = [];
    for (const level of [10, 60, 110]) ids.push((await kept(30, await greyJpeg(level))).id);
    const answered = () => service.engine.networks.flatMap(({ batches }) => batches).length;
    const before = answered();
    const { body } = await answerTo(postForm(30).expect(507));
    expect(body).toMatchObject({ code: 'feedback_full' });
    expect(answered()).toBe(before);
    await remove(ids[0]!).expect(204);
    await postForm(30).expect(201);
  });

  it('says that the store is away, without its words', async () => {
    memory.before = () => {
      throw new StorageError('cannot write /home/secret: no space');
    };
    const { body, text } = await answerTo(postForm(30).expect(503));
    expect(body).toMatchObject({ code: 'feedback_unavailable' });
    expect(text).not.toContain('secret');
  });

  it('shows the error of each version in its metrics, counting each photo once', async () => {
    await kept(30);
    await postForm(30).expect(200);
    await kept(90, await greyJpeg(levelOfAge(40)));
    const scraped = await service.metrics.registry.metrics();
    expect(scraped).toContain('face_age_feedback_absolute_error_years_count{version="1"} 2');
    expect(scraped).toContain('face_age_feedback_absolute_error_years_sum{version="1"} 55');
    expect(scraped).toContain('face_age_feedback_total{result="stored"} 2');
    expect(scraped).toContain('face_age_feedback_photos 2');
  });

  it('survives a restart: what was kept is known, what was remembered is not', async () => {
    const { id } = await kept();
    const predictionId = await predict();
    await service.close();
    await open();
    expect(told(await answerTo(postForm(30).expect(200))).id).toBe(id);
    await postJson({ predictionId, age: 30 }).expect(404);
    await remove(id).expect(204);
  });
});

describe('DELETE /v1/feedback/:id', () => {
  it('leaves nothing of it, in store or memory, and needs nothing but the id', async () => {
    const predictionId = await predict();
    const { id } = told(await answerTo(postJson({ predictionId, age: 30 }).expect(201)));
    await remove(id).expect(204);
    expect(memory.objects.size).toBe(0);
    expect((await answerTo(remove(id).expect(404))).body).toMatchObject({
      code: 'feedback_not_found',
    });
    await postJson({ predictionId, age: 30 }).expect(404);
  });

  it('takes no id that is guessed from the photo', async () => {
    const { id } = await kept();
    for (const guess of [nameOfId(id)!, `${nameOfId(id)!}-${'0'.repeat(32)}`, '..%2Fx'])
      expect((await answerTo(remove(guess).expect(404))).body).toMatchObject({
        code: 'feedback_not_found',
      });
    expect(memory.objects.size).toBe(2);
  });
});

describe('GET /v1/feedback', () => {
  it('lists records in pages, for the admin alone', async () => {
    const levels = [10, 60, 110];
    for (const level of levels) await kept(30, await greyJpeg(level));
    const first = feedbackPageSchema.parse((await answerTo(list('?limit=2').expect(200))).body);
    expect(first.records).toHaveLength(2);
    const rest = await answerTo(list(`?limit=2&after=${first.next!}`).expect(200));
    const second = feedbackPageSchema.parse(rest.body);
    expect(second).toMatchObject({ records: [{ state: 'pending' }], next: null });
    await request(service.app).get('/v1/feedback').expect(401);
    await request(service.app).get('/v1/feedback').set('Authorization', 'Bearer no').expect(403);
  });

  it.each(['limit=0', 'limit=501', 'limit=x', 'after=x', 'state=new', 'page=2'])(
    'refuses ?%s',
    async (query) => {
      expect((await answerTo(list(`?${query}`).expect(400))).body).toMatchObject({
        code: 'invalid_query',
      });
    },
  );
});

describe('without FEEDBACK_STORE', () => {
  it('there is no feedback, and nothing is remembered', async () => {
    await service.close();
    service = await createTestService({ adminToken: ADMIN_TOKEN });
    const predictionId = await predict();
    for (const test of [
      postForm(30),
      postJson({ predictionId, age: 30 }),
      remove('a'),
      list(),
      request(service.app).get('/v1/feedback'),
    ])
      expect((await answerTo(test.expect(404))).body).toMatchObject({ code: 'feedback_off' });
    const scraped = await service.metrics.registry.metrics();
    expect(scraped).toContain('face_age_feedback_memory_bytes 0');
  });
});
