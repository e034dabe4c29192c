import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { LabelledPhoto } from './labels.ts';

/** Names a labelled set by its content: SHA-256 over each photo's hash, age and split, in no particular order. */
export async function fingerprintOf(photos: readonly LabelledPhoto[]): Promise<string> {
  const lines: string[] = [];
  for (const { file, age, split } of photos) {
    const sha256 = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    lines.push(`${sha256} ${age} ${split}\n`);
  }
  return createHash('sha256').update(lines.toSorted().join('')).digest('hex');
}
