import { describe, expect, it } from 'vitest';
import { remainingSeconds } from '../../../src/learning/training/epoch-report.ts';

describe('remainingSeconds', () => {
  const last = { epoch: 2, epochs: 5, side: 60, seconds: 10 };

  it('assumes that the remaining epochs take as long as the last one', () => {
    expect(remainingSeconds(last, () => 60)).toBe(30);
  });

  it('scales the time with the area of the photos', () => {
    expect(remainingSeconds(last, (epoch) => (epoch < 4 ? 60 : 120))).toBe(10 + 10 + 40);
  });

  it('is zero after the last epoch', () => {
    expect(remainingSeconds({ ...last, epoch: 5 }, () => 60)).toBe(0);
  });
});
