import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { FeedbackRecord } from '../../../src/registry/feedback/feedback-record.ts';
import { nameOfId } from '../../../src/registry/feedback/feedback-keys.ts';
import { FeedbackStore } from '../../../src/registry/feedback/feedback-store.ts';
import { predictAnswerSchema } from '../../../src/serving/predict/answer.ts';
import request from 'supertest';
import { answerTo } from '../../support/answer-to.ts';
import {
  as,
  kept,
  memory,
  open,
  photo,
  postForm,
  postJson,
  remove,
  requireKeys,
  results,
  service,
  text,
  useFeedbackService,
} from '../../support/feedback-service.ts';
import { grayJpeg } from '../../support/gray-photo.ts';

useFeedbackService();

const recordOf = async (id: string): Promise<FeedbackRecord | undefined> =>
  new FeedbackStore(memory).findById(id);

async function predictAs(key: string, bytes: Buffer, requestId?: string): Promise<string> {
  const sent = as(key, request(service.app).post('/v1/predict'));
  if (requestId !== undefined) void sent.set('X-Request-Id', requestId);
  const { body } = await answerTo(sent.attach('image', bytes, 'a.jpg').expect(200));
  const [prediction] = predictAnswerSchema.parse(body).predictions;
  return 'id' in prediction! ? prediction.id : '';
}

describe('a service without API keys', () => {
  it('reveals nothing to somebody who has the photo and tries every age', async () => {
    await service.close();
    await open({ FEEDBACK_MAX_PHOTOS: 1000, FEEDBACK_PER_MINUTE: 1000 });
    const first = await kept(30);
    await new FeedbackStore(memory).decide(nameOfId(first.id)!, 'accepted', {
      by: 'me',
      at: new Date(),
    });
    const ids = new Set([first.id]);
    for (let age = 0; age <= 120; age++) {
      const answer = text(await answerTo(postForm(age).expect(201)));
      expect(answer).toMatchObject({ state: 'pending', age, errorYears: 25 - age });
      ids.add(answer.id);
    }
    expect(ids.size).toBe(122);
    for (const id of [...ids].slice(1)) await remove(id).expect(204);
    expect(await recordOf(first.id)).toMatchObject({ age: 30, state: 'accepted' });
  });

  it('gives records names that do not follow from the photo', async () => {
    const [one, two] = [await kept(30), await kept(30)];
    const { sha256 } = (await recordOf(one.id))!.photo;
    expect(nameOfId(one.id)).not.toBe(nameOfId(two.id));
    for (const { id } of [one, two]) expect(sha256).not.toContain(nameOfId(id));
  });
});

describe('a service with API keys', () => {
  it('answers the same key with the same id for the same photo and age', async () => {
    await requireKeys();
    const { id } = text(await answerTo(as('one', postForm(30)).expect(201)));
    expect(text(await answerTo(as('one', postForm(30)).expect(200))).id).toBe(id);
    const predictionId = await predictAs('one', photo);
    const sent = as('one', postJson({ predictionId, age: 30 }));
    expect(text(await answerTo(sent.expect(200))).id).toBe(id);
    expect(memory.objects.size).toBe(2);
    expect(await results()).toEqual({ stored: 1, known: 2 });
  });

  it('keeps one photo of many that a key sends at the same time', async () => {
    await requireKeys();
    const statuses = await Promise.all(
      Array.from({ length: 8 }, async () => (await answerTo(as('one', postForm(30)))).status),
    );
    expect(statuses.toSorted()).toEqual([...Array<number>(7).fill(200), 201]);
    expect(memory.objects.size).toBe(2);
  });

  it('refuses another age of a photo from the same key, until the first is deleted', async () => {
    await requireKeys();
    const { id } = text(await answerTo(as('one', postForm(30)).expect(201)));
    const refused = await answerTo(as('one', postForm(42)).expect(409));
    expect(refused.body).toMatchObject({ code: 'feedback_conflict' });
    expect(refused.text).not.toContain(id);
    await as('one', remove(id)).expect(204);
    await as('one', postForm(42)).expect(201);
  });

  it('names the key in the record', async () => {
    await requireKeys();
    const { id } = text(await answerTo(as('two', postForm(30)).expect(201)));
    expect(await recordOf(id)).toMatchObject({ keyName: 'client two' });
  });

  it('answers another key as if the photo were new, whatever its age', async () => {
    await requireKeys();
    const first = text(await answerTo(as('one', postForm(30)).expect(201)));
    const second = text(await answerTo(as('two', postForm(30)).expect(201)));
    expect(nameOfId(second.id)).not.toBe(nameOfId(first.id));
    await as('two', postForm(42)).expect(409);
    await as('two', remove(second.id)).expect(204);
    expect(text(await answerTo(as('two', postForm(42)).expect(201))).age).toBe(42);
    expect(await recordOf(first.id)).toMatchObject({ age: 30, state: 'pending' });
  });

  it('knows the id of a prediction only from the key that asked for it', async () => {
    await requireKeys();
    const predictionId = await predictAs('one', photo);
    const others = await answerTo(as('two', postJson({ predictionId, age: 30 })).expect(404));
    const unknown = await answerTo(
      as('two', postJson({ predictionId: 'x-0', age: 30 })).expect(404),
    );
    const said = ({ body }: typeof others) => ({ ...(body as object), requestId: '' });
    expect(said(others)).toEqual(said(unknown));
    await as('one', postJson({ predictionId, age: 30 })).expect(201);
  });

  it('keeps predictions apart whose clients chose the same request id', async () => {
    await requireKeys();
    const other = await grayJpeg(60);
    const ids = [await predictAs('one', photo, 'mine'), await predictAs('two', other, 'mine')];
    expect(ids).toEqual(['mine-0', 'mine-0']);
    for (const [key, bytes] of [
      ['one', photo],
      ['two', other],
    ] as const) {
      const sent = as(key, postJson({ predictionId: 'mine-0', age: 30 }));
      const { id } = text(await answerTo(sent.expect(201)));
      const { sha256 } = (await recordOf(id))!.photo;
      expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
  });
});
