import { createHash } from 'node:crypto';
import type { DatasetPhoto, HashAt } from './dataset-photo.ts';
import { HASH_BYTES } from './shards.ts';

/**
 * Names a labelled set by its content, whatever its files are called: SHA-256 over a line for each photo, sorted,
 * with its content's SHA-256, age and split.
 * @param photos of different contents
 */
export function fingerprintOf(
  photos: readonly Pick<DatasetPhoto, 'age' | 'split' | 'place'>[],
  hashAt: HashAt,
): string {
  // Bytes sort as their hexadecimal digits do.
  const lines = photos.map(({ place, age, split }) => `${hashAt(place)} ${age} ${split}\n`).sort();
  const fingerprint = createHash('sha256');
  for (const line of lines) {
    fingerprint.update(Buffer.from(line.slice(0, HASH_BYTES), 'latin1').toString('hex'));
    fingerprint.update(line.slice(HASH_BYTES));
  }
  return fingerprint.digest('hex');
}
