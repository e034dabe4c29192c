import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { exactly } from '../../../src/learning/dataset/age-range.ts';
import { fingerprintOf } from '../../../src/learning/dataset/dataset.ts';

const sha256 = (text: string) => createHash('sha256').update(text);
const contents = ['one', 'two', 'three'];
const hashAt = (row: number) => sha256(contents[row]!).digest().toString('latin1');
const photos = [
  { row: 0, age: exactly(31), split: 'train' },
  { row: 1, age: exactly(7), split: 'train' },
  { row: 2, age: exactly(64), split: 'val' },
];

describe('fingerprintOf', () => {
  it('hashes the sorted lines of content, age, and split', () => {
    const lines = photos.map(
      ({ row, age, split }) => `${sha256(contents[row]!).digest('hex')} ${age.min} ${split}\n`,
    );
    expect(fingerprintOf(photos, hashAt)).toBe(sha256(lines.toSorted().join('')).digest('hex'));
  });

  it('depends on content, age, and split but not on the order', () => {
    const fingerprint = fingerprintOf(photos, hashAt);
    expect(fingerprintOf(photos.toReversed(), hashAt)).toBe(fingerprint);
    const changed = (change: object) => [{ ...photos[0]!, ...change }, ...photos.slice(1)];
    expect(fingerprintOf(changed({ age: exactly(32) }), hashAt)).not.toBe(fingerprint);
    expect(fingerprintOf(changed({ age: { min: 31, max: 40 } }), hashAt)).not.toBe(fingerprint);
    expect(fingerprintOf(changed({ split: 'val' }), hashAt)).not.toBe(fingerprint);
    expect(fingerprintOf(photos.slice(1), hashAt)).not.toBe(fingerprint);
  });
});
