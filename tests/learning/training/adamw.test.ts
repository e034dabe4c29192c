import { describe, expect, it } from 'vitest';
import { AdamW } from '../../../src/learning/training/optimizer.ts';

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
