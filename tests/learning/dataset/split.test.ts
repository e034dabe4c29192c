import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { chooseSplit } from '../../../src/learning/dataset/split.ts';

const hashes = Array.from({ length: 4000 }, (_, index) =>
  createHash('sha256').update(String(index)).digest().toString('latin1'),
);
const shares = { valShare: 0.1, tuningShare: 0 };
const splitsOf = (options: typeof shares, named?: string) =>
  hashes.map((hash) => chooseSplit(named, hash, options));
const shareOf = (splits: readonly string[], split: string) =>
  splits.filter((each) => each === split).length / splits.length;

describe('chooseSplit', () => {
  it('keeps the split that the source names', () => {
    expect(new Set(splitsOf(shares, 'test'))).toEqual(new Set(['test']));
    expect(new Set(splitsOf(shares, 'train'))).toEqual(new Set(['train']));
  });

  it('takes about the given share: none for 0 and all for 1', () => {
    expect(shareOf(splitsOf(shares), 'val')).toBeCloseTo(0.1, 1.5);
    expect(shareOf(splitsOf({ ...shares, valShare: 0 }), 'val')).toBe(0);
    expect(shareOf(splitsOf({ ...shares, valShare: 1 }), 'val')).toBe(1);
  });

  it('keeps the photos of a smaller share in a larger one', () => {
    const small = splitsOf(shares);
    const large = splitsOf({ ...shares, valShare: 0.3 });
    expect(small.every((split, index) => split === 'train' || large[index] === 'val')).toBe(true);
  });

  it('takes the tuning slice from the training photos only', () => {
    const without = splitsOf(shares);
    const sliced = splitsOf({ ...shares, tuningShare: 0.1 });
    sliced.forEach((split, index) =>
      expect(without[index]).toBe(split === 'tuning' ? 'train' : split),
    );
    expect(shareOf(sliced, 'tuning')).toBeCloseTo(0.09, 1.5);
    expect(splitsOf({ ...shares, tuningShare: 0.1 }, 'val')).toEqual(hashes.map(() => 'val'));
  });

  it('draws the slice independently of the split', () => {
    const tuning = splitsOf({ valShare: 0, tuningShare: 0.3 });
    const val = splitsOf({ valShare: 0.3, tuningShare: 0 });
    const both = tuning.filter((split, index) => split === 'tuning' && val[index] === 'val');
    expect(both.length / hashes.length).toBeCloseTo(0.09, 1.5);
  });
});
