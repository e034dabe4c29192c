import { createHash } from 'node:crypto';
import type { DatasetPhoto, HashAt } from './dataset-photo.ts';

/**
 * Names a labelled set by its content, whatever its files are called: SHA-256 over a line for each photo, sorted,
 * with its content's SHA-256, age and split.
 * @param photos of different contents
 */
export function fingerprintOf(
  photos: readonly Pick<DatasetPhoto, 'age' | 'split' | 'place'>[],
  hashAt: HashAt,
): string {
  const byHash = new Map(photos.map((photo) => [hashAt(photo.place), photo]));
  const fingerprint = createHash('sha256');
  // Bytes sort as their hexadecimal digits do.
  for (const hash of [...byHash.keys()].sort()) {
    const { age, split } = byHash.get(hash)!;
    fingerprint.update(`${Buffer.from(hash, 'latin1').toString('hex')} ${age} ${split}\n`);
  }
  return fingerprint.digest('hex');
}
