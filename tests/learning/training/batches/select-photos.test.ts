import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import type { DatasetPhoto } from '../../../../src/learning/dataset/dataset-photo.ts';
import { fingerprintOf } from '../../../../src/learning/dataset/fingerprint.ts';
import { choosePhotos } from '../../../../src/learning/training/batches/select-photos.ts';

const contentOf = (name: string) => createHash('sha256').update(name).digest().toString('latin1');

/** A data set of photos whose content is their key. */
function setOf(photos: readonly [key: string, age: number, split: string][]) {
  const all = photos.map(([key, age, split], place): DatasetPhoto => ({
    key,
    age,
    split,
    place,
    groups: {},
  }));
  const hashOf = ({ place }: Pick<DatasetPhoto, 'place'>) => contentOf(all[place]!.key);
  return { photos: all, hashOf };
}

const dataset = setOf([
  ['a', 10, 'train'],
  ['b', 20, 'train'],
  ['c', 30, 'val'],
  ['d', 40, 'test'],
]);
const none = new Set<string>();
const keysOf = (photos: readonly DatasetPhoto[]) => photos.map(({ key }) => key);
const manyOf = (count: number) =>
  setOf(Array.from({ length: count }, (_, index) => [`f${index}`, 50, 'train']));

describe('choosePhotos', () => {
  it('takes the training photos of a data set alone, under its own fingerprint', () => {
    const choice = choosePhotos({ dataset, heldOut: none });
    expect(keysOf(choice.train)).toEqual(['a', 'b']);
    expect(choice.trainedOn).toEqual([contentOf('a'), contentOf('b')]);
    expect(choice.fingerprint).toBe(
      fingerprintOf(dataset.photos, (place) => dataset.hashOf({ place })),
    );
  });

  it('trains on four fifths of the feedback and keeps the rest to judge by, by content', () => {
    const feedback = manyOf(500);
    const choice = choosePhotos({ dataset, feedback, heldOut: none });
    expect(choice.feedbackValidation.length).toBeGreaterThan(70);
    expect(choice.feedbackValidation.length).toBeLessThan(130);
    expect(choice.feedback.length + choice.feedbackValidation.length).toBe(500);
    const evaluating = new Set(keysOf(choice.feedbackValidation));
    expect(keysOf(choice.feedback).some((key) => evaluating.has(key))).toBe(false);
    for (const photo of choice.feedbackValidation)
      expect(choice.trainedOn).not.toContain(feedback.hashOf(photo));
    expect(choice.trainedOn).toHaveLength(2 + choice.feedback.length);
    const later = choosePhotos({ dataset, feedback: manyOf(600), heldOut: none });
    expect(keysOf(later.feedbackValidation)).toEqual(
      expect.arrayContaining(keysOf(choice.feedbackValidation)),
    );
  });

  it('trains on no feedback whose photo is in the data set, wherever, whatever its age', () => {
    const feedback = setOf([
      ['a', 11, 'train'],
      ['c', 31, 'train'],
      ['d', 40, 'train'],
    ]);
    const choice = choosePhotos({ dataset, feedback, heldOut: none });
    expect(choice).toMatchObject({ feedback: [], feedbackValidation: [], feedbackLeftOut: 3 });
    expect(choice.trainedOn).toHaveLength(2);
  });

  it('trains on nothing that is held out, neither of the data nor of the feedback', () => {
    const feedback = manyOf(20);
    const heldOut = new Set([contentOf('b'), ...feedback.photos.slice(0, 5).map(feedback.hashOf)]);
    const choice = choosePhotos({ dataset, feedback, heldOut });
    expect(keysOf(choice.train)).toEqual(['a']);
    expect(choice).toMatchObject({ heldOut: 1, feedbackLeftOut: 5 });
    for (const content of heldOut) expect(choice.trainedOn).not.toContain(content);
  });

  it('has another fingerprint for other feedback, another age of it, and other photos held out', () => {
    const feedback = manyOf(3);
    const older = { ...feedback, photos: feedback.photos.map((photo) => ({ ...photo, age: 51 })) };
    const prints = [
      choosePhotos({ dataset, heldOut: none }),
      choosePhotos({ dataset, feedback, heldOut: none }),
      choosePhotos({ dataset, feedback: manyOf(4), heldOut: none }),
      choosePhotos({ dataset, feedback: older, heldOut: none }),
      choosePhotos({ dataset, feedback, heldOut: new Set([contentOf('a')]) }),
    ].map(({ fingerprint }) => fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
  });
});
