import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exactly } from '../../../../src/learning/dataset/age-range.ts';
import {
  createNegativeSet,
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
    const chosen = [4, 0, 2, 1, 3].map((row) => ({ row, age: exactly(10 * row) }));
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
    expect([...photos.minAges]).toEqual([40, 0, 20, 10, 30]);
    reader.close();
    reader.close();
  });

  it('reads the middle of pictures that also show the surroundings', async () => {
    const file = shardFile(9);
    await writeFile(
      file,
      Uint8Array.from({ length: 16 }, (_, at) => at),
    );
    const cache = { side: 2, storedSide: 4, shards: [{ file, first: 0, count: 1 }] };
    const reader = new PhotoReader(createPhotoSet(cache, [{ row: 0, age: exactly(1) }]));
    expect([...reader.read(0)]).toEqual([5, 6, 9, 10]);
    expect([...reader.readStored(0)]).toEqual([...Array(16).keys()]);
    reader.close();
  });

  it('gives pictures without a face no weight, and any age', () => {
    const none = createNegativeSet({ side: 2, shards: photos.shards }, [{ row: 3 }]);
    const joint = joinPhotoSets(photos, none);
    expect([...joint.isFace]).toEqual([1, 1, 1, 1, 1, 0]);
    expect([joint.weights[5], joint.minAges[5], joint.maxAges[5]]).toEqual([0, 0, 130]);
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
    const one = createPhotoSet({ side: 2, shards: shards.slice(0, 2) }, [
      { row: 2, age: exactly(20) },
    ]);
    const last = { ...shards[2]!, first: 0 };
    const others = [1, 0].map((row) => ({ row, age: { min: 30 + row, max: 40 } }));
    const joint = joinPhotoSets(one, createPhotoSet({ side: 2, shards: [last] }, others, 2.5));
    const reader = new PhotoReader(joint);
    expect([0, 1, 2].map((index) => reader.read(index)[0])).toEqual([2, 4, 3]);
    reader.close();
    expect([...joint.minAges]).toEqual([20, 31, 30]);
    expect([...joint.maxAges]).toEqual([20, 40, 40]);
    expect([...joint.weights]).toEqual([1, 2.5, 2.5]);
    expect(() => joinPhotoSets(one, { ...one, side: 3 })).toThrow(/cannot be joined/);
  });

  it('is posted to a worker without copying its arrays', async () => {
    const script = `
      const { parentPort, workerData } = require('node:worker_threads');
      workerData.minAges[1] = 77;
      parentPort.postMessage([...workerData.rows]);`;
    const worker = new Worker(script, { eval: true, workerData: photos });
    const [rows] = (await once(worker, 'message')) as [number[]];
    expect(rows).toEqual([4, 0, 2, 1, 3]);
    expect(photos.minAges[1]).toBe(77);
  });
});
