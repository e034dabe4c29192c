import { describe, expect, it } from 'vitest';
import { inZone, durationText } from '../../../src/serving/retraining/retrain-schedule.ts';

describe('formatted times', () => {
  it('are in the given time zone', () => {
    const ms = Date.parse('2026-07-01T01:02:03Z');
    expect(inZone(ms, 'Europe/Berlin')).toBe('2026-07-01 03:02:03 Europe/Berlin');
  });

  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [42_000, '42 s'],
    [90_000, '1 min 30 s'],
    [3_600_000, '1 h 0 min'],
    [187_200_000, '2 d 4 h'],
  ])('format %d ms as %s', (ms, text) => expect(durationText(ms)).toBe(text));
});
