import { describe, expect, it } from 'vitest';
import { FeedbackQuota, MinuteLimit } from '../../../src/serving/feedback/feedback-quota.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';

describe('MinuteLimit', () => {
  it('admits a number of requests in any minute, and says when the next one is admitted', async () => {
    const clock = new ManualClock();
    const limit = new MinuteLimit(2, clock);
    expect(limit.pass()).toBeUndefined();
    await clock.advance(45_000);
    expect(limit.pass()).toBeUndefined();
    expect(limit.pass()).toBe(15);
    await clock.advance(14_999);
    expect(limit.pass()).toBe(1);
    await clock.advance(1);
    expect(limit.pass()).toBeUndefined();
    expect(limit.pass()).toBe(45);
  });

  it('does not count refused requests', async () => {
    const clock = new ManualClock();
    const limit = new MinuteLimit(1, clock);
    limit.pass();
    for (let second = 1; second < 60; second++) {
      await clock.advance(1_000);
      expect(limit.pass()).toBe(60 - second);
    }
    await clock.advance(1_000);
    expect(limit.pass()).toBeUndefined();
  });
});

describe('FeedbackQuota', () => {
  it('refuses a client that has used up its quota before it sends more', () => {
    const quota = new FeedbackQuota(1, new ManualClock());
    quota.admit('one');
    quota.charge('one');
    expect(() => quota.admit('one')).toThrow(/Try again in 60 s/);
    quota.admit('two');
  });

  it('forgets the client that was idle longest where there are very many', () => {
    const quota = new FeedbackQuota(1, new ManualClock());
    quota.charge('first');
    quota.charge('second');
    for (let index = 0; index < 9_998; index++) quota.charge(`client ${index}`);
    expect(() => quota.charge('first')).toThrow();
    quota.charge('one more');
    quota.charge('second');
    expect(() => quota.charge('first')).toThrow();
  });
});
