import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { exactly, type AgeRange } from '../../../src/learning/dataset/age-range.ts';
import { createPhotoSet, type PhotoSet } from '../../../src/learning/training/batches/photo-set.ts';

/** Photos with one gray level and one label each, in a shard that is removed after the test. */
export function flatPhotoSet(
  side: number,
  photos: readonly { gray: number; age: number | AgeRange }[],
): PhotoSet {
  const pixelsOf = (gray: number) => new Uint8Array(side * side).fill(gray);
  return photoSetOf(
    side,
    photos.map(({ gray, age }) => ({ pixels: pixelsOf(gray), age })),
  );
}

/** Photos of side × side gray levels, in a shard that is removed after the test. */
export function photoSetOf(
  side: number,
  photos: readonly { pixels: Uint8Array; age: number | AgeRange }[],
): PhotoSet {
  const folder = mkdtempSync(path.join(tmpdir(), 'photo-shard-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'flat.pixels');
  writeFileSync(file, Buffer.concat(photos.map(({ pixels }) => pixels)));
  const shards = [{ file, first: 0, count: photos.length }];
  return createPhotoSet(
    { side, shards },
    photos.map(({ age }, row) => ({ age: typeof age === 'number' ? exactly(age) : age, row })),
  );
}
