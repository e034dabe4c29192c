import { expect, it } from 'vitest';
import { createNormalise } from '../../../src/inference/engine/normalize.ts';

it('maps every grey level to (u8 / 255 − mean) / std', () => {
  const levels = Uint8Array.from({ length: 256 }, (_, level) => level);
  const target = new Float32Array(256);
  createNormalise({ mean: 0.45, std: 0.25 })(levels, target);
  for (const level of levels) {
    expect(target[level]).toBe(Math.fround((level / 255 - 0.45) / 0.25));
  }
});

it('leaves what lies behind the pixels as it was', () => {
  const target = new Float32Array(3).fill(9);
  createNormalise({ mean: 0, std: 1 })(Uint8Array.of(255, 0), target);
  expect([...target]).toEqual([1, 0, 9]);
});
