import { expect, it } from 'vitest';
import { createNormalize } from '../../../src/inference/preprocess/normalize.ts';

const levels = Uint8Array.from({ length: 256 }, (_, level) => level);

it('maps every gray level to (level / 255 − mean) / std', () => {
  const target = new Float32Array(256);
  createNormalize({ mean: 0.45, std: 0.25 })(levels, target);
  for (const level of levels) {
    expect(target[level]).toBe(Math.fround((level / 255 - 0.45) / 0.25));
  }
});

it('gives whole levels the same values whether they arrive as bytes or as floats', () => {
  const normalize = createNormalize({ mean: 0.45, std: 0.25 });
  const [fromBytes, fromFloats] = [new Float32Array(256), Float32Array.from(levels)];
  normalize(levels, fromBytes);
  normalize(fromFloats, fromFloats);
  expect(fromFloats).toEqual(fromBytes);
});

it('leaves the target beyond the pixels unchanged', () => {
  const target = new Float32Array(3).fill(9);
  createNormalize({ mean: 0, std: 1 })(Uint8Array.of(255, 0), target);
  expect([...target]).toEqual([1, 0, 9]);
});
