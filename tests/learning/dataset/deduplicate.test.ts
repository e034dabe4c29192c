import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeCopies, type UnsplitPhoto } from '../../../src/learning/dataset/deduplicate.ts';

/** A photo's place names its content here. */
const hashAt = (place: number) => String(place % 100);
const photo = (content: number, age: number, split?: string, key = 'k'): UnsplitPhoto => ({
  key,
  age,
  split,
  groups: {},
  place: content,
});
const merge = (...photos: UnsplitPhoto[]) => mergeCopies(photos, hashAt);

describe('mergeCopies', () => {
  it('keeps the first of equal photos', () => {
    const first = photo(1, 20, 'train', 'first');
    expect(merge(first, photo(1, 20, 'train', 'second'), photo(2, 20, 'train'))).toMatchObject({
      photos: [first, { place: 2 }],
      merged: 1,
      contradictory: 0,
      inTwoSplits: 0,
    });
  });

  it('drops all photos of a content whose ages differ', () => {
    expect(merge(photo(1, 20), photo(1, 20), photo(1, 21), photo(2, 3))).toMatchObject({
      photos: [{ place: 2 }],
      merged: 0,
      contradictory: 3,
    });
  });

  it.each([
    ['train', 'val', 'val'],
    ['test', 'val', 'test'],
    ['held', 'train', 'held'],
  ])('keeps what is in %s and %s in %s', (one, other, kept) => {
    const expected = { photos: [{ split: kept }], merged: 1, inTwoSplits: 1 };
    expect(merge(photo(1, 20, one), photo(1, 20, other))).toMatchObject(expected);
    expect(merge(photo(1, 20, other), photo(1, 20, one))).toMatchObject(expected);
  });

  it('counts no content for two splits that it leaves out', () => {
    expect(merge(photo(1, 20, 'train'), photo(1, 21, 'val'))).toMatchObject({
      photos: [],
      contradictory: 2,
      inTwoSplits: 0,
    });
  });

  it('prefers a named split to none', () => {
    const expected = { photos: [{ split: 'train' }], merged: 1, inTwoSplits: 0 };
    expect(merge(photo(1, 20), photo(1, 20, 'train'))).toMatchObject(expected);
    expect(merge(photo(1, 20, 'train'), photo(1, 20))).toMatchObject(expected);
  });

  it('accounts for every photo, and never leaves a content twice, in whatever order', () => {
    const photos = fc.array(
      fc.record({
        key: fc.string(),
        age: fc.integer({ min: 1, max: 2 }),
        split: fc.constantFrom(undefined, 'train', 'val', 'test', 'other'),
        groups: fc.constant({}),
        place: fc.integer({ min: 0, max: 8 }),
      }),
    );
    fc.assert(
      fc.property(photos, (all) => {
        const { photos: kept, merged, contradictory, inTwoSplits } = mergeCopies(all, hashAt);
        expect(kept.length + merged + contradictory).toBe(all.length);
        expect(new Set(kept.map(({ place }) => place)).size).toBe(kept.length);
        const outcome = (given: typeof kept) =>
          given.map(({ place, age, split }) => `${place} ${age} ${split}`).toSorted();
        const reversed = mergeCopies(all.toReversed(), hashAt);
        expect(outcome(reversed.photos)).toEqual(outcome(kept));
        expect(reversed.inTwoSplits).toBe(inTwoSplits);
      }),
    );
  });
});
