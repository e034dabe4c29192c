import { describe, expect, it } from 'vitest';
import { AdamW, WeightAverage, oneCycle } from '../../../src/learning/training/optimizer.ts';

const options = { weightDecay: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

describe('AdamW', () => {
  it('moves by the learning rate against the sign of the first gradient, regardless of its size', () => {
    const values = Float32Array.of(1, 1, 1);
    new AdamW([{ values, decays: false }], options).step([Float32Array.of(100, -0.01, 0)], 0.1);
    expect(values[0]).toBeCloseTo(0.9, 5);
    expect(values[1]).toBeCloseTo(1.1, 5);
    expect(values[2]).toBe(1);
  });

  it('shrinks decaying weights by learning rate × decay and leaves the others unchanged', () => {
    const kernel = Float32Array.of(2);
    const bias = Float32Array.of(2);
    const optimizer = new AdamW(
      [
        { values: kernel, decays: true },
        { values: bias, decays: false },
      ],
      options,
    );
    optimizer.step([Float32Array.of(0), Float32Array.of(0)], 0.5);
    expect(kernel[0]).toBeCloseTo(2 * (1 - 0.05), 6);
    expect(bias[0]).toBe(2);
  });

  it('finds the minimum of a parabola', () => {
    const values = Float32Array.of(5, -3);
    const optimizer = new AdamW([{ values, decays: false }], { ...options, weightDecay: 0 });
    for (let step = 0; step < 400; step++) {
      optimizer.step([values.map((value, index) => 2 * (value - (index + 1)))], 0.05);
    }
    expect(values[0]).toBeCloseTo(1, 2);
    expect(values[1]).toBeCloseTo(2, 2);
  });
});

const schedule = { peak: 2, warmUpShare: 0.25, finalShare: 0.01 };

describe('oneCycle', () => {
  it('rises to the peak at the end of the warm-up and falls to the final share', () => {
    expect(oneCycle(0, schedule)).toBeCloseTo(0.08);
    expect(oneCycle(0.25, schedule)).toBeCloseTo(2);
    expect(oneCycle(1, schedule)).toBeCloseTo(0.02);
  });

  it('is monotone on both sides of the peak', () => {
    const rates = Array.from({ length: 101 }, (_, percent) => oneCycle(percent / 100, schedule));
    rates.slice(1, 26).forEach((rate, index) => expect(rate).toBeGreaterThan(rates[index]!));
    rates.slice(26).forEach((rate, index) => expect(rate).toBeLessThan(rates[index + 25]!));
  });
});

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
