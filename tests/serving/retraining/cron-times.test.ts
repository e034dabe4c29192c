import { describe, expect, it } from 'vitest';
import { cronTimes, ScheduleError } from '../../../src/serving/retraining/schedule-memory.ts';

const at = (text: string) => Date.parse(text);
const next = (cron: string, zone: string, after: string) =>
  new Date(cronTimes(cron, zone).nextAfter(at(after))!).toISOString();

describe('the times of a cron expression', () => {
  it('are those of its time zone, in winter and in summer', () => {
    const mondaysAtThree = (after: string) => next('0 3 * * 1', 'Europe/Berlin', after);
    expect(mondaysAtThree('2026-03-20T12:00:00Z')).toBe('2026-03-23T02:00:00.000Z');
    expect(mondaysAtThree('2026-03-28T12:00:00Z')).toBe('2026-03-30T01:00:00.000Z');
  });

  it('skip no day when a clock change skips its hour', () => {
    expect(next('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z')).toBe(
      '2026-03-29T01:00:00.000Z',
    );
  });

  it('count once where a clock change repeats their hour', () => {
    const halfPastTwo = (after: string) => next('30 2 * * *', 'Europe/Berlin', after);
    expect(halfPastTwo('2026-10-24T12:00:00Z')).toBe('2026-10-25T00:30:00.000Z');
    expect(halfPastTwo('2026-10-25T00:30:00Z')).toBe('2026-10-26T01:30:00.000Z');
  });

  it('come after the given time, not at it', () => {
    expect(next('0 3 * * *', 'UTC', '2026-01-01T03:00:00Z')).toBe('2026-01-02T03:00:00.000Z');
    expect(next('*/5 * * * * *', 'UTC', '2026-01-01T03:00:04Z')).toBe('2026-01-01T03:00:05.000Z');
  });

  it('end if the expression matches no later time', () => {
    const newYear = cronTimes('0 0 0 1 1 * 2999', 'UTC');
    expect(newYear.nextAfter(at('2999-01-01T00:00:00Z'))).toBeUndefined();
  });

  it.each([
    ['0 3 * *', 'UTC', /not a cron expression/],
    ['61 * * * *', 'UTC', /minute/],
    ['0 3 30 2 *', 'UTC', /never comes due/],
    ['2030-01-01T00:00:00', 'UTC', /is a date/],
    ['0 3 * * 1', 'Mars/Base', /"Mars\/Base" is not a time zone/],
  ])('are refused for "%s" in %s', (cron, zone, reason) => {
    expect(() => cronTimes(cron, zone)).toThrow(ScheduleError);
    expect(() => cronTimes(cron, zone)).toThrow(reason);
  });
});
