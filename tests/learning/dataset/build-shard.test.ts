import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildShard } from '../../../src/learning/dataset/build-shard.ts';
import { wholePhotos } from '../../../src/learning/dataset/face-framing.ts';
import { readShardIndex } from '../../../src/learning/dataset/shards.ts';
import { drawFaceJpeg } from '../../../src/drawing/draw-face.ts';
import { preprocess } from '../../../src/inference/preprocess/preprocess.ts';
import { defaultPreprocessSpec } from '../../../src/inference/preprocess/spec.ts';
import { StorageError, type ObjectStore } from '../../../src/registry/store/object-store.ts';
import { memoryStore } from '../../support/fakes/memory-store.ts';

const spec = { ...defaultPreprocessSpec, width: 16, height: 16 };
const framer = wholePhotos(spec, { maxPixels: 1e6 });
const faces = Array.from({ length: 20 }, (_, seed) => drawFaceJpeg({ age: 30, seed, size: 32 }));

describe('buildShard', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'shard-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  function build(store: ObjectStore, keys: string[], onPhoto = () => {}) {
    const files = { pixels: path.join(folder, 'a.pixels'), index: path.join(folder, 'a.json') };
    const identities = keys.map((key) => key.padEnd(16));
    return buildShard({ name: 'a', files, keys, identities }, store, framer, onPhoto);
  }

  it('writes each photo in its row, preprocessed as in serving', async () => {
    const objects = Object.fromEntries(faces.map((jpeg, index) => [`${index}.jpg`, jpeg]));
    let reported = 0;
    expect(await build(memoryStore(objects), Object.keys(objects), () => reported++)).toEqual([]);
    expect(reported).toBe(faces.length);
    const written = await readFile(path.join(folder, 'a.pixels'));
    for (const [row, jpeg] of faces.entries()) {
      const { pixels } = await preprocess(jpeg, spec, { maxPixels: 1e6 });
      expect(written.subarray(row * 256, (row + 1) * 256)).toEqual(Buffer.from(pixels));
    }
  });

  it('marks photos that cannot be decoded and returns those that cannot be read', async () => {
    const store = memoryStore({ good: faces[0]!, cut: faces[1]!.subarray(0, 300), text: 'text' });
    expect(await build(store, ['cut', 'gone', 'good', 'text'])).toEqual([
      ['gone', 'cannot read gone: it does not exist'],
    ]);
    const { undecodable, hashes, count } = await readShardIndex(path.join(folder, 'a.json'));
    expect([...undecodable.keys()].toSorted()).toEqual([0, 3]);
    expect(hashes.subarray(32, 64)).toEqual(Buffer.alloc(32));
    expect(count).toBe(4);
    expect((await readFile(path.join(folder, 'a.pixels'))).length).toBe(4 * 256);
  });

  it('writes nothing if no file can be read', async () => {
    expect(await build(memoryStore({}), ['a', 'b'])).toHaveLength(2);
    expect(await readdir(folder)).toEqual([]);
  });

  it('stops and leaves no files behind if the store does not respond', async () => {
    const store = memoryStore({ a: faces[0]! });
    const down = () => Promise.reject(new StorageError('the store is down'));
    const keys = Array.from({ length: 100 }, () => 'a');
    let read = 0;
    const failing = { ...store, read: (key: string) => (++read === 10 ? down() : store.read(key)) };
    await expect(build(failing, keys)).rejects.toThrow('the store is down');
    expect(read).toBeLessThan(100);
    expect(await readdir(folder)).toEqual([]);
  });
});
