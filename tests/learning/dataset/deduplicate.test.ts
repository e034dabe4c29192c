import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactly } from '../../../src/learning/dataset/age-range.ts';
import { deduplicate, type UnsplitPhoto } from '../../../src/learning/dataset/deduplicate.ts';

/** In these tests the row of a photo stands for its content. */
const hashAt = (row: number) => String(row % 100);
const photo = (content: number, age: number, split?: string, key = 'k'): UnsplitPhoto => ({
  key,
  age: exactly(age),
  split,
  groups: {},
  row: content,
});
const run = (...photos: UnsplitPhoto[]) => deduplicate(photos, hashAt);

describe('deduplicate', () => {
  it('keeps the first of identical photos', () => {
    const first = photo(1, 20, 'train', 'first');
    expect(run(first, photo(1, 20, 'train', 'second'), photo(2, 20, 'train'))).toMatchObject({
      photos: [first, { row: 2 }],
      merged: 1,
      contradictory: 0,
      inTwoSplits: 0,
    });
  });

  it('drops all copies of a photo if their ages differ', () => {
    expect(run(photo(1, 20), photo(1, 20), photo(1, 21), photo(2, 3))).toMatchObject({
      photos: [{ row: 2 }],
      merged: 0,
      contradictory: 3,
    });
  });

  it.each([
    ['train', 'val', 'val'],
    ['test', 'val', 'test'],
    ['held', 'train', 'held'],
  ])('assigns a photo in %s and %s to %s', (one, other, kept) => {
    const expected = { photos: [{ split: kept }], merged: 1, inTwoSplits: 1 };
    expect(run(photo(1, 20, one), photo(1, 20, other))).toMatchObject(expected);
    expect(run(photo(1, 20, other), photo(1, 20, one))).toMatchObject(expected);
  });

  it('does not count dropped photos as being in two splits', () => {
    expect(run(photo(1, 20, 'train'), photo(1, 21, 'val'))).toMatchObject({
      photos: [],
      contradictory: 2,
      inTwoSplits: 0,
    });
  });

  it('prefers a named split over none', () => {
    const expected = { photos: [{ split: 'train' }], merged: 1, inTwoSplits: 0 };
    expect(run(photo(1, 20), photo(1, 20, 'train'))).toMatchObject(expected);
    expect(run(photo(1, 20, 'train'), photo(1, 20))).toMatchObject(expected);
  });

  it('accounts for every photo and leaves no duplicate, regardless of the order', () => {
    const photos = fc.array(
      fc.record({
        key: fc.string(),
        age: fc.integer({ min: 1, max: 2 }).map(exactly),
        split: fc.constantFrom(undefined, 'train', 'val', 'test', 'other'),
        groups: fc.constant({}),
        row: fc.integer({ min: 0, max: 8 }),
      }),
    );
    fc.assert(
      fc.property(photos, (all) => {
        const { photos: kept, merged, contradictory, inTwoSplits } = deduplicate(all, hashAt);
        expect(kept.length + merged + contradictory).toBe(all.length);
        expect(new Set(kept.map(({ row }) => row)).size).toBe(kept.length);
        const outcome = (given: typeof kept) =>
          given.map(({ row, age, split }) => `${row} ${age.min} ${split}`).toSorted();
        const reversed = deduplicate(all.toReversed(), hashAt);
        expect(outcome(reversed.photos)).toEqual(outcome(kept));
        expect(reversed.inTwoSplits).toBe(inTwoSplits);
      }),
    );
  });
});
