import { mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PhotoCache } from '../../../src/learning/dataset/photo-cache.ts';
import { ShardWriter } from '../../../src/learning/dataset/shards.ts';

const ROW_BYTES = 4;
const identity = (name: string) => name.padEnd(16, '.');
const sha256 = (text: string) => createHash('sha256').update(text).digest();

describe('PhotoCache', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'photo-cache-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const open = () => PhotoCache.open(folder, ROW_BYTES);
  const file = (name: string) => path.join(folder, name);
  const files = async () => (await readdir(folder)).toSorted();
  const makeOld = (name: string) => utimes(file(name), 1, 1);

  function begin(shard: string, ...names: string[]): ShardWriter {
    const paths = { pixels: file(`${shard}.pixels`), index: file(`${shard}.json`) };
    return new ShardWriter(paths, names.map(identity), ROW_BYTES);
  }

  function write(shard: string, ...names: string[]): void {
    const writer = begin(shard, ...names);
    names.forEach((name, row) => {
      if (name.startsWith('bad')) writer.markUndecodable(row, 'cut short');
      else if (!name.startsWith('gone'))
        writer.writePhoto(row, Buffer.from(name.padEnd(ROW_BYTES)), sha256(name));
    });
    writer.finish();
    writer.close();
  }

  it('returns the row and hash of each photo, and why a photo is missing', async () => {
    write('a', 'one', 'bad', 'gone');
    write('b', 'two');
    const cache = await open();
    expect(cache.shards).toEqual([
      { file: file('a.pixels'), first: 0, count: 3 },
      { file: file('b.pixels'), first: 3, count: 1 },
    ]);
    expect(cache.rowOf(identity('one'))).toBe(0);
    expect(cache.rowOf(identity('two'))).toBe(3);
    expect(cache.hashAt(3)).toBe(sha256('two').toString('latin1'));
    expect(cache.rowOf(identity('bad'))).toBeUndefined();
    expect(cache.undecodable(identity('bad'))).toBe('cut short');
    for (const name of ['gone', 'never']) {
      expect(cache.rowOf(identity(name))).toBeUndefined();
      expect(cache.undecodable(identity(name))).toBeUndefined();
    }
  });

  it('ignores a shard until it is finished and removes an abandoned one', async () => {
    const writer = begin('a', 'one');
    writer.writePhoto(0, Buffer.alloc(ROW_BYTES), sha256('one'));
    expect((await open()).shards).toEqual([]);
    writer.close();
    expect(await files()).toEqual([]);
  });

  it('ignores files of a killed process and removes them once they are old', async () => {
    write('whole', 'one');
    for (const name of ['half.pixels', 'cut.pixels.123.tmp', 'cut.json.123.tmp'])
      await writeFile(file(name), 'x');
    expect((await open()).shards).toHaveLength(1);
    expect(await files()).toHaveLength(5);
    for (const name of await files()) await makeOld(name);
    expect((await open()).shards).toHaveLength(1);
    expect(await files()).toEqual(['whole.json', 'whole.pixels']);
  });

  it.each([
    ['truncated pixels', () => truncate(file('a.pixels'), 3)],
    ['missing pixels', () => rm(file('a.pixels'))],
    ['a truncated index', () => truncate(file('a.json'), 30)],
    ['an inconsistent index', () => writeFile(file('a.json'), '{"count":1,"identities":""}')],
  ])('drops a shard with %s and caches its photos again', async (_, damage) => {
    write('a', 'one');
    await damage();
    const cache = await open();
    expect(cache.shards).toEqual([]);
    expect(await files()).toEqual([]);
    write('a', 'one');
    expect(await cache.load('a')).toBe(true);
    expect(cache.rowOf(identity('one'))).toBe(0);
  });

  it('removes old shards that are no longer used', async () => {
    for (const shard of ['used', 'young', 'unused']) write(shard, shard);
    const cache = await open();
    for (const shard of ['used', 'unused']) await makeOld(`${shard}.pixels`);
    await cache.removeUnused([cache.rowOf(identity('used'))!]);
    expect((await files()).filter((name) => name.endsWith('.json'))).toEqual([
      'used.json',
      'young.json',
    ]);
  });

  it('reports where it cannot write and what to do', () => {
    const paths = { pixels: '/no/such/folder/a.pixels', index: '/no/such/folder/a.json' };
    expect(() => new ShardWriter(paths, [identity('one')], ROW_BYTES)).toThrow(
      /cannot write \/no\/such\/folder\/a\.pixels: .*--cache/,
    );
  });
});
