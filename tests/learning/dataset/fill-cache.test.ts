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
    const progress: [number, number][] = [];
    const failedReads = await fillCache(cache, pending, {
      source: { location, s3: s3Defaults },
      spec,
      photosPerShard,
      onProgress: (done, total) => progress.push([done, total]),
    });
    return { cache, failedReads, progress, pending };
  };

  it('distributes the photos over shards and threads and reports progress', async () => {
    await drawDataset(folder, { train: 11, val: 0 });
    const { cache, failedReads, progress, pending } = await fill(folder, 12, 4);
    expect(cache.shards.map(({ count }) => count)).toEqual([4, 4, 4]);
    const rows = pending.map(({ identity }) => cache.rowOf(identity));
    expect(new Set(rows).size).toBe(12);
    expect(rows[11]).toBeUndefined();
    expect(failedReads.map(([key]) => key)).toEqual(['train/11.jpg']);
    expect(progress.at(-1)).toEqual([12, 12]);
    const again = await cacheOf();
    expect(again.hashAt(again.rowOf(pending[5]!.identity)!)).toBe(cache.hashAt(rows[5]!));
  });

  it('rethrows the error of a worker thread', async () => {
    await expect(fill('s3:///no-bucket', 1, 4)).rejects.toThrow(/does not name a bucket/);
  });
});
