import { expect, it } from 'vitest';
import { seededRandom } from '../../../../src/common/random.ts';
import { drawTexture } from '../../../../src/learning/training/batches/texture.ts';

it('draws gray levels of several kinds, the same for the same seed', () => {
  const side = 60;
  const textureOf = (seed: number) => {
    const values = new Float32Array(side * side).fill(Number.NaN);
    drawTexture({ values, side }, seededRandom(seed));
    return values;
  };
  const spreads = Array.from({ length: 40 }, (_, seed) => {
    const values = textureOf(seed);
    for (const value of values) expect(value >= 0 && value <= 255).toBe(true);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  });
  expect(Math.min(...spreads)).toBeLessThan(10);
  expect(Math.max(...spreads)).toBeGreaterThan(50);
  expect(textureOf(3)).toEqual(textureOf(3));
});
