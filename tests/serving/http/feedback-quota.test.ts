import { describe, expect, it } from 'vitest';
import { answerTo } from '../../support/answer-to.ts';
import {
  as,
  clock,
  postForm,
  postJson,
  requireKeys,
  useFeedbackService,
} from '../../support/feedback-service.ts';

useFeedbackService();

const QUOTA = { FEEDBACK_PER_MINUTE: 2 };
const invalid = (key: string) => as(key, postJson({ predictionId: 'unknown-0', age: 30 }));

describe('the quota of feedback', () => {
  it('counts for each key by itself, and says when to try again', async () => {
    await requireKeys(QUOTA);
    for (const age of [30, 30]) await as('one', postForm(age));
    const { body, headers } = await answerTo(as('one', postForm(30)).expect(429));
    expect(body).toMatchObject({ code: 'rate_limited' });
    expect(headers['retry-after']).toBe('60');
    await as('two', postForm(30)).expect(201);
    await clock.advance(60_000);
    await as('one', postForm(30)).expect(200);
  });

  it('is not used up by invalid feedback', async () => {
    await requireKeys(QUOTA);
    await invalid('one').expect(404);
    await as('one', postForm(121)).expect(400);
    await as('one', postForm(30, Buffer.from('no photo'))).expect(415);
    await as('one', postForm(30)).expect(201);
    await as('one', postForm(30)).expect(200);
    await as('one', postForm(30)).expect(429);
  });

  it('bounds invalid feedback too, before its body is read', async () => {
    await requireKeys(QUOTA);
    for (let sent = 0; sent < 8; sent++) await invalid('one').expect(404);
    expect((await answerTo(invalid('one').expect(429))).body).toMatchObject({
      code: 'rate_limited',
    });
    await invalid('two').expect(404);
    await clock.advance(60_000);
    await as('one', postForm(30)).expect(201);
  });

  it('holds for requests that arrive at the same time', async () => {
    await requireKeys(QUOTA);
    const sent = Array.from({ length: 6 }, async (_, age) => {
      return (await answerTo(as('one', postForm(age)))).status;
    });
    const statuses = await Promise.all(sent);
    expect(statuses.filter((status) => status === 429)).toHaveLength(4);
  });
});
