import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createPhotoSet,
  joinPhotoSets,
  PhotoReader,
  type PhotoSet,
} from '../../../../src/learning/training/batches/photo-set.ts';

/** Rows 0 to 4 in three shards; each row is 2 × 2 bytes that hold its number. */
describe('PhotoReader', () => {
  let folder: string;
  let photos: PhotoSet;
  const shardFile = (first: number) => path.join(folder, `${first}.pixels`);
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'photo-set-'));
    const shards = [
      { first: 0, count: 2 },
      { first: 2, count: 1 },
      { first: 3, count: 2 },
    ].map((shard) => ({ ...shard, file: shardFile(shard.first) }));
    for (const { file, first, count } of shards) {
      const rows = Array.from({ length: count }, (_, row) => Buffer.alloc(4, first + row));
      await writeFile(file, Buffer.concat(rows));
    }
    const chosen = [4, 0, 2, 1, 3].map((row) => ({ row, age: 10 * row }));
    photos = createPhotoSet({ side: 2, shards }, chosen);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads each photo from its shard, into a new array or a given one', () => {
    const reader = new PhotoReader(photos);
    const target = new Uint8Array(6).fill(9);
    expect([...Array(5).keys()].map((index) => [...reader.read(index)])).toEqual(
      [4, 0, 2, 1, 3].map((row) => [row, row, row, row]),
    );
    expect(reader.read(0, target.subarray(1, 5))).toEqual(Uint8Array.of(4, 4, 4, 4));
    expect([...target]).toEqual([9, 4, 4, 4, 4, 9]);
    expect([...photos.ages]).toEqual([40, 0, 20, 10, 30]);
    reader.close();
    reader.close();
  });

  it('fails if a shard was truncated in the meantime', async () => {
    await truncate(shardFile(3), 5);
    const reader = new PhotoReader(photos);
    expect([...reader.read(4)]).toEqual([3, 3, 3, 3]);
    expect(() => reader.read(0)).toThrow(/3\.pixels was truncated/);
    reader.close();
  });

  it('joins two sets and keeps the age and weight of each photo', () => {
    const { shards } = photos;
    const one = createPhotoSet({ side: 2, shards: shards.slice(0, 2) }, [{ row: 2, age: 20 }]);
    const last = { ...shards[2]!, first: 0 };
    const others = [1, 0].map((row) => ({ row, age: 30 + row }));
    const joint = joinPhotoSets(one, createPhotoSet({ side: 2, shards: [last] }, others, 2.5));
    const reader = new PhotoReader(joint);
    expect([0, 1, 2].map((index) => reader.read(index)[0])).toEqual([2, 4, 3]);
    reader.close();
    expect([...joint.ages]).toEqual([20, 31, 30]);
    expect([...joint.weights]).toEqual([1, 2.5, 2.5]);
    expect(() => joinPhotoSets(one, { ...one, side: 3 })).toThrow(/cannot be joined/);
  });

  it('is posted to a worker without copying its arrays', async () => {
    const script = `
      const { parentPort, workerData } = require('node:worker_threads');
      workerData.ages[1] = 77;
      parentPort.postMessage([...workerData.rows]);`;
    const worker = new Worker(script, { eval: true, workerData: photos });
    const [rows] = (await once(worker, 'message')) as [number[]];
    expect(rows).toEqual([4, 0, 2, 1, 3]);
    expect(photos.ages[1]).toBe(77);
  });
});
