import { describe, expect, it } from 'vitest';
import { oneCycle } from '../../../src/learning/training/optimizer.ts';

const options = { peak: 2, warmUpShare: 0.25, finalShare: 0.01 };

describe('oneCycle', () => {
  it('rises to the peak at the end of the warm-up and falls to the final share', () => {
    expect(oneCycle(0, options)).toBeCloseTo(0.08);
    expect(oneCycle(0.25, options)).toBeCloseTo(2);
    expect(oneCycle(1, options)).toBeCloseTo(0.02);
  });

  it('is monotone on both sides of the peak', () => {
    const rates = Array.from({ length: 101 }, (_, percent) => oneCycle(percent / 100, options));
    rates.slice(1, 26).forEach((rate, index) => expect(rate).toBeGreaterThan(rates[index]!));
    rates.slice(26).forEach((rate, index) => expect(rate).toBeLessThan(rates[index + 25]!));
  });
});
