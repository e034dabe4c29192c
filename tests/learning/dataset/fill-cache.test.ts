import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillCache } from '../../../src/learning/dataset/fill-cache.ts';
import { PhotoCache } from '../../../src/learning/dataset/photo-cache.ts';
import { defaultPreprocessSpec } from '../../../src/inference/preprocess/spec.ts';
import { drawDataset } from '../../../src/drawing/draw-dataset.ts';
import { s3Defaults } from '../../support/s3-defaults.ts';

const spec = { ...defaultPreprocessSpec, width: 16, height: 16 };

describe('fillCache', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fill-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const cacheOf = () => PhotoCache.open(path.join(folder, 'cache'), 256);
  const fill = async (location: string, count: number, photosPerShard: number) => {
    const cache = await cacheOf();
    const pending = Array.from({ length: count }, (_, index) => ({
      key: `train/${index}.jpg`,
      identity: String(index).padEnd(16),
    }));
    const text: [number, number][] = [];
    const missed = await fillCache(cache, pending, {
      source: { location, s3: s3Defaults },
      spec,
      photosPerShard,
      onProgress: (done, total) => text.push([done, total]),
    });
    return { cache, missed, text, pending };
  };

  it('shares the photos out over shards and threads, and tells how far it is', async () => {
    await drawDataset(folder, { train: 11, val: 0 });
    const { cache, missed, text, pending } = await fill(folder, 12, 4);
    expect(cache.shards.map(({ count }) => count)).toEqual([4, 4, 4]);
    const places = pending.map(({ identity }) => cache.placeOf(identity));
    expect(new Set(places).size).toBe(12);
    expect(places[11]).toBeUndefined();
    expect(missed.map(([key]) => key)).toEqual(['train/11.jpg']);
    expect(text.at(-1)).toEqual([12, 12]);
    const again = await cacheOf();
    expect(again.hashAt(again.placeOf(pending[5]!.identity)!)).toBe(cache.hashAt(places[5]!));
  });

  it("hands on a thread's failure", async () => {
    await expect(fill('s3:///no-bucket', 1, 4)).rejects.toThrow(/does not name a bucket/);
  });
});
