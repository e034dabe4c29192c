import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { createPhotoSet, type PhotoSet } from '../../src/training/photo-set.ts';

/** Photos of one grey and one age each, in a shard that is gone after the test. */
export function flatPhotoSet(
  side: number,
  photos: readonly { grey: number; age: number }[],
): PhotoSet {
  const folder = mkdtempSync(path.join(tmpdir(), 'photo-shard-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'flat.pixels');
  writeFileSync(file, Buffer.concat(photos.map(({ grey }) => Buffer.alloc(side * side, grey))));
  const shards = [{ file, first: 0, count: photos.length }];
  return createPhotoSet(
    { side, shards },
    photos.map(({ age }, place) => ({ age, place })),
  );
}
