import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { exactly } from '../../../../src/learning/dataset/age-range.ts';
import type { DatasetPhoto } from '../../../../src/learning/dataset/dataset.ts';
import { fingerprintOf } from '../../../../src/learning/dataset/dataset.ts';
import { selectPhotos } from '../../../../src/learning/training/batches/select-photos.ts';

const contentOf = (name: string) => createHash('sha256').update(name).digest().toString('latin1');

/** A dataset in which the key of a photo determines its content. */
function setOf(photos: readonly [key: string, age: number, split: string][]) {
  const all = photos.map(([key, age, split], row): DatasetPhoto => ({
    key,
    age: exactly(age),
    split,
    row,
    groups: {},
  }));
  const hashOf = ({ row }: Pick<DatasetPhoto, 'row'>) => contentOf(all[row]!.key);
  return { photos: all, hashOf };
}

const dataset = setOf([
  ['a', 10, 'train'],
  ['b', 20, 'train'],
  ['c', 30, 'val'],
  ['d', 40, 'test'],
]);
const none = new Set<string>();
const select = (sources: Omit<Parameters<typeof selectPhotos>[0], 'validationSplit'>) =>
  selectPhotos({ validationSplit: 'val', ...sources });
const keysOf = (photos: readonly DatasetPhoto[]) => photos.map(({ key }) => key);
const manyOf = (count: number) =>
  setOf(Array.from({ length: count }, (_, index) => [`f${index}`, 50, 'train']));

describe('selectPhotos', () => {
  it('selects the training photos of a dataset and keeps its fingerprint', () => {
    const selection = select({ datasets: [dataset], heldOut: none });
    expect(keysOf(selection.train.flat())).toEqual(['a', 'b']);
    expect(selection.trainedOn).toEqual([contentOf('a'), contentOf('b')]);
    expect(selection.fingerprint).toBe(
      fingerprintOf(dataset.photos, (row) => dataset.hashOf({ row })),
    );
  });

  it('trains on four fifths of the feedback and holds out the rest by content', () => {
    const feedback = manyOf(500);
    const selection = select({ datasets: [dataset], feedback, heldOut: none });
    expect(selection.feedbackValidation.length).toBeGreaterThan(70);
    expect(selection.feedbackValidation.length).toBeLessThan(130);
    expect(selection.feedback.length + selection.feedbackValidation.length).toBe(500);
    const validationKeys = new Set(keysOf(selection.feedbackValidation));
    expect(keysOf(selection.feedback).some((key) => validationKeys.has(key))).toBe(false);
    for (const photo of selection.feedbackValidation)
      expect(selection.trainedOn).not.toContain(feedback.hashOf(photo));
    expect(selection.trainedOn).toHaveLength(2 + selection.feedback.length);
    const later = select({ datasets: [dataset], feedback: manyOf(600), heldOut: none });
    expect(keysOf(later.feedbackValidation)).toEqual(
      expect.arrayContaining(keysOf(selection.feedbackValidation)),
    );
  });

  it('skips feedback whose photo is in any split of the dataset, regardless of its age', () => {
    const feedback = setOf([
      ['a', 11, 'train'],
      ['c', 31, 'train'],
      ['d', 40, 'train'],
    ]);
    const selection = select({ datasets: [dataset], feedback, heldOut: none });
    expect(selection).toMatchObject({ feedback: [], feedbackValidation: [], feedbackLeftOut: 3 });
    expect(selection.trainedOn).toHaveLength(2);
  });

  it('never trains on held-out photos of the dataset or the feedback', () => {
    const feedback = manyOf(20);
    const heldOut = new Set([contentOf('b'), ...feedback.photos.slice(0, 5).map(feedback.hashOf)]);
    const selection = select({ datasets: [dataset], feedback, heldOut });
    expect(keysOf(selection.train.flat())).toEqual(['a']);
    expect(selection).toMatchObject({ heldOut: 1, feedbackLeftOut: 5 });
    for (const content of heldOut) expect(selection.trainedOn).not.toContain(content);
  });

  it('has a different fingerprint for different feedback, feedback ages, or held-out photos', () => {
    const feedback = manyOf(3);
    const older = {
      ...feedback,
      photos: feedback.photos.map((photo) => ({ ...photo, age: exactly(51) })),
    };
    const prints = [
      select({ datasets: [dataset], heldOut: none }),
      select({ datasets: [dataset], feedback, heldOut: none }),
      select({ datasets: [dataset], feedback: manyOf(4), heldOut: none }),
      select({ datasets: [dataset], feedback: older, heldOut: none }),
      select({ datasets: [dataset], feedback, heldOut: new Set([contentOf('a')]) }),
    ].map(({ fingerprint }) => fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
  });

  it('covers the settings with the fingerprint', () => {
    const printOf = (settings?: string) =>
      select({ datasets: [dataset], heldOut: none, settings }).fingerprint;
    expect(new Set([printOf(), printOf('a'), printOf('b'), printOf('b')]).size).toBe(3);
  });

  it('uses a photo of several data sets once, and never trains on what one of them validates with', () => {
    const other = setOf([
      ['a', 11, 'val'],
      ['c', 31, 'train'],
      ['e', 50, 'train'],
      ['f', 60, 'val'],
    ]);
    const selection = select({ datasets: [dataset, other], heldOut: none });
    expect(selection.train.map(keysOf)).toEqual([['b'], ['e']]);
    expect(selection.validation.map(keysOf)).toEqual([['a', 'c'], ['f']]);
    expect(selection.validation[0]!.map(({ age }) => age.min)).toEqual([10, 30]);
    expect(selection.repeated).toBe(2);
  });
});
