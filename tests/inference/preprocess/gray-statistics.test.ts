import fc from 'fast-check';
import { expect, it } from 'vitest';
import { grayStatistics } from '../../../src/inference/preprocess/photo-warnings.ts';
import { SCRATCH_PIXELS } from '../../../src/inference/preprocess/kernel.ts';

function naive(pixels: Uint8Array) {
  const mean = pixels.reduce((sum, level) => sum + level, 0) / pixels.length;
  const variance = pixels.reduce((sum, level) => sum + (level - mean) ** 2, 0) / pixels.length;
  return { mean, std: Math.sqrt(variance) };
}

it('counts every pixel once, for any number of pixels', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (pixels) => {
      const { mean, std } = grayStatistics(pixels);
      const expected = naive(pixels);
      expect(mean).toBeCloseTo(expected.mean, 6);
      expect(std).toBeCloseTo(expected.std, 4);
    }),
  );
});

it('handles pictures larger than the scratch memory', () => {
  const pixels = new Uint8Array(SCRATCH_PIXELS + 5).fill(255).fill(0, SCRATCH_PIXELS);
  expect(grayStatistics(pixels).mean).toBeCloseTo(naive(pixels).mean, 6);
});
