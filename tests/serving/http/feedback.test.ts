import sharp from 'sharp';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { FeedbackStore } from '../../../src/registry/feedback/feedback-store.ts';
import { answerTo } from '../../support/answer-to.ts';
import {
  clock,
  kept,
  memory,
  open,
  photo,
  postForm,
  postJson,
  predict,
  remove,
  service,
  text,
  useFeedbackService,
} from '../../support/feedback-service.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { encoder, paint } from '../../support/pictures.ts';

useFeedbackService();

describe('POST /v1/feedback', () => {
  it('stores a photo of a form with its age, and returns what was answered to it', async () => {
    const answer = await answerTo(postForm(30).field('source', 'booth 7').expect(201));
    const { id, ...rest } = text(answer);
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
    const { width, height } = await sharp(await store.readPhoto(record)).metadata();
    expect([width, height]).toEqual([64, 64]);
    expect([...memory.objects.values()].join()).not.toContain('private name');
  });

  it('keeps a photo of a JSON body', async () => {
    const image = photo.toString('base64');
    const { id } = text(await answerTo(postJson({ image, age: 30 }).expect(201)));
    expect((await new FeedbackStore(memory).findById(id))?.age).toBe(30);
  });

  it('keeps the photo of a prediction with the answer that was given', async () => {
    const predictionId = await predict();
    await service.folder.writeVersion(2);
    await service.serve(2);
    const { id, answer } = text(await answerTo(postJson({ predictionId, age: 30 }).expect(201)));
    expect(answer.model.version).toBe(1);
    const record = (await new FeedbackStore(memory).findById(id))!;
    expect(record.origin).toEqual({ kind: 'prediction', predictionId });
    expect(record).toMatchObject({ schemaVersion: 2, face: null, keyName: null, minAge: 30 });
  });

  it('stores the part of a photo that was answered, and nothing around it', async () => {
    const halves = paint(80, 40, (x) => (x < 40 ? [200, 200, 200] : [0, 0, 0]));
    const sent = await encoder(halves).png().toBuffer();
    const predictionId = await predict(sent, '?crop=4,4,32,32');
    const { id } = text(await answerTo(postJson({ predictionId, age: 30 }).expect(201)));
    const record = (await new FeedbackStore(memory).findById(id))!;
    expect(record.photo).toMatchObject({
      width: 32,
      region: { x: 4, y: 4, width: 32, height: 32 },
    });
    const { channels } = await sharp(await new FeedbackStore(memory).readPhoto(record)).stats();
    expect(channels[0]!.min).toBeGreaterThan(190);
  });

  it('takes a range of ages, and returns no exact age then', async () => {
    const range = { minAge: 20, maxAge: 24 };
    const image = photo.toString('base64');
    const answer = text(await answerTo(postJson({ image, ...range }).expect(201)));
    expect(answer).toMatchObject({ ...range, errorYears: 1 });
    expect(answer).not.toHaveProperty('age');
    const form = request(service.app).post('/v1/feedback').field('minAge', '25');
    const sent = await answerTo(form.field('maxAge', '30').attach('image', photo, 'a.jpg'));
    expect(text(sent)).toMatchObject({ minAge: 25, maxAge: 30, errorYears: 0 });
  });

  it('forgets a prediction in time', async () => {
    const predictionId = await predict();
    await clock.advance(60_000);
    const { body } = await answerTo(postJson({ predictionId, age: 30 }).expect(404));
    expect(body).toMatchObject({ code: 'prediction_forgotten' });
    await postJson({ predictionId: 'never-was-0', age: 30 }).expect(404);
    expect(memory.objects.size).toBe(0);
  });

  it('does not count a photo that arrives with its age as traffic: no observer sees it', async () => {
    await kept();
    const { values } = await service.metrics.feedbackMemoryBytes.get();
    expect(values[0]!.value).toBe(0);
  });

  it('remembers no more bytes than allowed, whatever is predicted', async () => {
    await service.close();
    await open({ FEEDBACK_MEMORY_BYTES: 8_000 });
    const ids: string[] = [];
    for (let level = 0; level < 250; level += 10) ids.push(await predict(await grayJpeg(level)));
    const { values } = await service.metrics.feedbackMemoryBytes.get();
    expect(values[0]!.value).toBeGreaterThan(1_000);
    expect(values[0]!.value).toBeLessThanOrEqual(8_000);
    await postJson({ predictionId: ids[0], age: 30 }).expect(404);
    await postJson({ predictionId: ids.at(-1), age: 30 }).expect(201);
  });

  it('is trained on at once if it is accepted automatically', async () => {
    await service.close();
    await open({ FEEDBACK_ACCEPT: 'auto' });
    expect((await kept()).state).toBe('accepted');
  });

  it('shows the error of each version in its metrics, counting each photo', async () => {
    await kept(30);
    await kept(90, await grayJpeg(levelOfAge(40)));
    const scraped = await service.metrics.registry.metrics();
    expect(scraped).toContain('face_age_feedback_absolute_error_years_count{version="1"} 2');
    expect(scraped).toContain('face_age_feedback_absolute_error_years_sum{version="1"} 55');
    expect(scraped).toContain('face_age_feedback_total{result="stored"} 2');
    expect(scraped).toContain('face_age_feedback_photos 2');
  });

  it('survives a restart: what was kept can be removed, what was remembered is forgotten', async () => {
    const { id } = await kept();
    const predictionId = await predict();
    await service.close();
    await open();
    await postJson({ predictionId, age: 30 }).expect(404);
    await remove(id).expect(204);
  });
});
