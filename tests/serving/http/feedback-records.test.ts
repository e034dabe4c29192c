import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { nameOfId } from '../../../src/registry/feedback/feedback-keys.ts';
import { feedbackPageSchema } from '../../../src/serving/http/routes/feedback-routes.ts';
import { answerTo } from '../../support/answer-to.ts';
import {
  kept,
  list,
  memory,
  openWithoutFeedback,
  postForm,
  postJson,
  predict,
  remove,
  service,
  text,
  useFeedbackService,
} from '../../support/feedback-service.ts';
import { grayJpeg } from '../../support/gray-photo.ts';

useFeedbackService();

describe('DELETE /v1/feedback/:id', () => {
  it('leaves nothing of it, in store or memory, and needs nothing but the id', async () => {
    const predictionId = await predict();
    const { id } = text(await answerTo(postJson({ predictionId, age: 30 }).expect(201)));
    await remove(id).expect(204);
    expect(memory.objects.size).toBe(0);
    expect((await answerTo(remove(id).expect(404))).body).toMatchObject({
      code: 'feedback_not_found',
    });
    await postJson({ predictionId, age: 30 }).expect(404);
  });

  it('accepts no id that is guessed from the photo', async () => {
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
    for (const level of levels) await kept(30, await grayJpeg(level));
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
    await openWithoutFeedback();
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
