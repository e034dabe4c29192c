import { describe, expect, it } from 'vitest';
import { WeightAverage } from '../../../src/learning/training/optimizer.ts';

describe('WeightAverage', () => {
  it('forgets the initial weights within a few hundred steps', () => {
    const average = new WeightAverage([Float32Array.of(1000)], 0.999);
    for (let step = 0; step < 300; step++) average.update([Float32Array.of(2)]);
    expect(average.values[0]![0]).toBeCloseTo(2, 3);
  });

  it('smooths oscillating weights', () => {
    const average = new WeightAverage([Float32Array.of(0)], 0.99);
    for (let step = 0; step < 2000; step++)
      average.update([Float32Array.of(step % 2 === 0 ? 3 : 5)]);
    expect(average.values[0]![0]).toBeCloseTo(4, 1);
  });
});
