import { describe, expect, it } from 'vitest';
import { backOffMs, withJitter } from '../../src/common/back-off.ts';

describe('backOffMs', () => {
  const bounds = { minMs: 250, maxMs: 30_000 };

  it('doubles from the minimum wait up to the maximum', () => {
    const waits = [1, 2, 3, 7, 8, 9].map((failures) => backOffMs(failures, bounds));
    expect(waits).toEqual([250, 500, 1000, 16_000, 30_000, 30_000]);
  });

  it('stays at the maximum after any number of failures', () => {
    expect(backOffMs(5000, bounds)).toBe(30_000);
  });

  it('applies the jitter after the maximum', () => {
    const waitAt = (value: number) =>
      backOffMs(20, { ...bounds, jitter: 0.25, random: () => value });
    expect([0, 0.5, 1].map(waitAt)).toEqual([22_500, 30_000, 37_500]);
  });

  it('draws from zero to twice the wait with a jitter of 1', () => {
    const waitAt = (value: number) => backOffMs(1, { ...bounds, jitter: 1, random: () => value });
    expect([0, 0.5, 1].map(waitAt)).toEqual([0, 250, 500]);
  });
});

describe('withJitter', () => {
  it('keeps the wait without jitter', () => {
    expect(withJitter(100, 0)).toBe(100);
  });

  it('varies the wait by its share at most', () => {
    for (let draw = 0; draw < 100; draw++) {
      const waitMs = withJitter(100, 0.1);
      expect(waitMs).toBeGreaterThanOrEqual(90);
      expect(waitMs).toBeLessThan(110);
    }
  });
});
