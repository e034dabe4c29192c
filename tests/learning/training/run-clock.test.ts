import { describe, expect, it } from 'vitest';
import { remainingSeconds } from '../../../src/learning/training/epoch-report.ts';

describe('remainingSeconds', () => {
  const last = { epoch: 2, epochs: 5, side: 60, seconds: 10 };

  it('takes the last epoch as the pace of those to come', () => {
    expect(remainingSeconds(last, () => 60)).toBe(30);
  });

  it('counts larger photos by their area', () => {
    expect(remainingSeconds(last, (epoch) => (epoch < 4 ? 60 : 120))).toBe(10 + 10 + 40);
  });

  it('is nothing after the last epoch', () => {
    expect(remainingSeconds({ ...last, epoch: 5 }, () => 60)).toBe(0);
  });
});
