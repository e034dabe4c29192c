import { expect, it, vi } from 'vitest';
import { cacheFolder } from '../../../src/learning/dataset/fill-cache.ts';
import type * as preprocessing from '../../../src/inference/preprocess/preprocess.ts';
import { defaultPreprocessSpec as spec } from '../../../src/inference/preprocess/spec.ts';

/** Added to every pixel by the mocked preprocessing. */
let brighter = 0;
vi.mock('../../../src/inference/preprocess/preprocess.ts', async (original) => {
  const { preprocess } = await original<typeof preprocessing>();
  return {
    preprocess: async (...given: Parameters<typeof preprocess>) => {
      const { pixels, photo } = await preprocess(...given);
      return { photo, pixels: pixels.map((gray) => gray + brighter) };
    },
  };
});

it('uses a different cache folder for a different location, spec, or preprocessing result', async () => {
  const folder = await cacheFolder('/cache', '/faces', spec);
  expect(folder).toMatch(/^\/cache\/[0-9a-f]{20}$/);
  expect(await cacheFolder('/cache', '/faces', { ...spec })).toBe(folder);
  expect(await cacheFolder('/cache', '/other', spec)).not.toBe(folder);
  expect(await cacheFolder('/cache', '/faces', { ...spec, std: 0.3 })).not.toBe(folder);
  brighter = 1;
  expect(await cacheFolder('/cache', '/faces', spec)).not.toBe(folder);
});
