import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readTrainingPhotos,
  TrainingPhotoList,
} from '../../../src/learning/dataset/training-photo-list.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest().toString('latin1');
const hashes = (...texts: string[]) => texts.map(hashOf);

describe('TrainingPhotoList', () => {
  it('contains its photos and no others after a round trip', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.uniqueArray(fc.string()), (own, others) => {
        const written = TrainingPhotoList.of(hashes(...own)).toBytes();
        const photos = TrainingPhotoList.parse(written);
        expect(own.every((text) => photos.has(hashOf(text)))).toBe(true);
        const absent = others.filter((text) => !own.includes(text));
        expect(absent.some((text) => photos.has(hashOf(text)))).toBe(false);
      }),
    );
  });

  it('serializes to the same file regardless of order and duplicates', () => {
    const bytes = TrainingPhotoList.of(hashes('a', 'b', 'c')).toBytes();
    expect(TrainingPhotoList.of(hashes('c', 'a', 'b', 'a')).toBytes()).toEqual(bytes);
    expect(bytes.length).toBe(16 + 3 * 8);
    expect(bytes.subarray(16, 24).toString('latin1')).toBe(
      hashes('a', 'b', 'c').toSorted()[0]!.slice(0, 8),
    );
  });

  it('adds the photos of the parent version and is incomplete if those are unknown', () => {
    const parent = TrainingPhotoList.of(hashes('a', 'b'));
    const joined = TrainingPhotoList.of(hashes('b', 'c')).with(parent);
    expect(joined.count).toBe(3);
    expect(joined.has(hashOf('a'))).toBe(true);
    expect(joined.complete).toBe(true);
    const unknown = TrainingPhotoList.of(hashes('c')).with(undefined);
    expect(TrainingPhotoList.parse(unknown.toBytes()).complete).toBe(false);
    expect(TrainingPhotoList.of(hashes('d')).with(unknown).complete).toBe(false);
    expect(unknown.has(hashOf('c'))).toBe(true);
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['another format', Buffer.from('PNG and so on, more than a header')],
    [
      'a future format',
      Buffer.from('FAPH\x02\x08\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00', 'latin1'),
    ],
    ['a truncated file', TrainingPhotoList.of(hashes('a', 'b')).toBytes().subarray(0, -1)],
  ])('rejects %s', (_what, bytes) => {
    expect(() => TrainingPhotoList.parse(bytes)).toThrow(
      /^training-photos\.bin (has a format|does not have the length)/,
    );
  });
});

describe('readTrainingPhotos', () => {
  it('reads the list of a version, or undefined if it has none', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'version-'));
    expect(await readTrainingPhotos(folder)).toBeUndefined();
    const bytes = TrainingPhotoList.of(hashes('a')).toBytes();
    await writeFile(path.join(folder, 'training-photos.bin'), bytes);
    expect((await readTrainingPhotos(folder))!.has(hashOf('a'))).toBe(true);
    await rm(folder, { recursive: true });
  });
});
