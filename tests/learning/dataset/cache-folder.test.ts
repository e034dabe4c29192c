import { expect, it, vi } from 'vitest';
import { cacheFolder } from '../../../src/learning/dataset/fill-cache.ts';
import type * as preprocessing from '../../../src/inference/preprocess/preprocess.ts';
import { utkFrame } from '../../../src/inference/faces/align.ts';
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

it('uses a different cache folder for a different location, spec, framing, or preprocessing result', async () => {
  const folder = await cacheFolder('/cache', '/faces', spec);
  expect(folder).toMatch(/^\/cache\/[0-9a-f]{20}$/);
  expect(await cacheFolder('/cache', '/faces', { ...spec })).toBe(folder);
  expect(await cacheFolder('/cache', '/other', spec)).not.toBe(folder);
  expect(await cacheFolder('/cache', '/faces', { ...spec, std: 0.3 })).not.toBe(folder);
  const framing = { detectorFolder: '/detector', detectorSha256: 'a', points: utkFrame };
  const framed = await cacheFolder('/cache', '/faces', spec, framing);
  expect(framed).not.toBe(folder);
  const moved = { ...framing, detectorFolder: '/elsewhere' };
  expect(await cacheFolder('/cache', '/faces', spec, moved)).toBe(framed);
  const other = { ...framing, detectorSha256: 'b' };
  expect(await cacheFolder('/cache', '/faces', spec, other)).not.toBe(framed);
  const points = { ...utkFrame, mouth: { x: 0.5, y: 0.7 } };
  expect(await cacheFolder('/cache', '/faces', spec, { ...framing, points })).not.toBe(framed);
  brighter = 1;
  expect(await cacheFolder('/cache', '/faces', spec)).not.toBe(folder);
});
