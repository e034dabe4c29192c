import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readTrainingPhotos,
  TrainingPhotos,
} from '../../../src/learning/dataset/training-photo-list.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest().toString('latin1');
const hashes = (...texts: string[]) => texts.map(hashOf);

describe('TrainingPhotos', () => {
  it('know their photos and no others, also after writing and reading', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.uniqueArray(fc.string()), (own, others) => {
        const written = TrainingPhotos.of(hashes(...own)).toBytes();
        const photos = TrainingPhotos.parse(written);
        expect(own.every((text) => photos.has(hashOf(text)))).toBe(true);
        const strangers = others.filter((text) => !own.includes(text));
        expect(strangers.some((text) => photos.has(hashOf(text)))).toBe(false);
      }),
    );
  });

  it('are the same file whatever the order and however often a photo is named', () => {
    const bytes = TrainingPhotos.of(hashes('a', 'b', 'c')).toBytes();
    expect(TrainingPhotos.of(hashes('c', 'a', 'b', 'a')).toBytes()).toEqual(bytes);
    expect(bytes.length).toBe(16 + 3 * 8);
    expect(bytes.subarray(16, 24).toString('latin1')).toBe(
      hashes('a', 'b', 'c').toSorted()[0]!.slice(0, 8),
    );
  });

  it('join those of the weights that training went on from, and say where those are not known', () => {
    const before = TrainingPhotos.of(hashes('a', 'b'));
    const joined = TrainingPhotos.of(hashes('b', 'c')).with(before);
    expect(joined.count).toBe(3);
    expect(joined.has(hashOf('a'))).toBe(true);
    expect(joined.complete).toBe(true);
    const unknown = TrainingPhotos.of(hashes('c')).with(undefined);
    expect(TrainingPhotos.parse(unknown.toBytes()).complete).toBe(false);
    expect(TrainingPhotos.of(hashes('d')).with(unknown).complete).toBe(false);
    expect(unknown.has(hashOf('c'))).toBe(true);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another form', Buffer.from('PNG and so on, more than a header')],
    [
      'a form to come',
      Buffer.from('FAPH\x02\x08\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00', 'latin1'),
    ],
    ['a file cut short', TrainingPhotos.of(hashes('a', 'b')).toBytes().subarray(0, -1)],
  ])('refuse %s', (_what, bytes) => {
    expect(() => TrainingPhotos.parse(bytes)).toThrow(/^training-photos\.bin is/);
  });
});

describe('readTrainingPhotos', () => {
  it('finds what a version says, and nothing where it does not say', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'version-'));
    expect(await readTrainingPhotos(folder)).toBeUndefined();
    const bytes = TrainingPhotos.of(hashes('a')).toBytes();
    await writeFile(path.join(folder, 'training-photos.bin'), bytes);
    expect((await readTrainingPhotos(folder))!.has(hashOf('a'))).toBe(true);
    await rm(folder, { recursive: true });
  });
});
