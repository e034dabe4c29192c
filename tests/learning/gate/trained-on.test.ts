import { describe, expect, it } from 'vitest';
import { TrainingPhotoList } from '../../../src/learning/dataset/training-photo-list.ts';
import {
  sharedReasons,
  trainedOn,
  type CheckedSet,
  type VersionOrigin,
} from '../../../src/learning/gate/trained-on.ts';

const hashOf = (key: string) => key.padEnd(32, '.');
const set: CheckedSet = {
  fingerprint: 'a'.repeat(64),
  photos: ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'].map((key) => ({
    key,
    split: 'val',
    hash: hashOf(key),
  })),
};
const asTrained = { ...set, photos: set.photos.map((photo) => ({ ...photo, split: 'train' })) };
const dataset = {
  name: 'faces',
  fingerprint: set.fingerprint,
  counts: {},
  splits: { train: 'training', val: 'stopping point' },
};
const other = { ...dataset, fingerprint: 'b'.repeat(64) };
const origin = (known: Partial<VersionOrigin>): VersionOrigin => ({
  version: 4,
  dataset: null,
  trainingPhotos: undefined,
  ...known,
});

describe('trainedOn', () => {
  it('goes by the photos that a version names, whatever they are called', () => {
    const trainingPhotos = TrainingPhotoList.of(['b.jpg', 'x.jpg'].map(hashOf));
    expect(trainedOn(origin({ trainingPhotos, dataset: other }), set)).toEqual({
      shared: ['b.jpg'],
      unverified: [],
      notes: [],
    });
    const none = TrainingPhotoList.of(['x.jpg'].map(hashOf));
    expect(trainedOn(origin({ trainingPhotos: none }), set)).toMatchObject({
      shared: [],
      unverified: [],
    });
  });

  it('says where a version may have been trained on others than it names', () => {
    const trainingPhotos = TrainingPhotoList.of([hashOf('b.jpg')], false);
    const known = trainedOn(origin({ trainingPhotos }), set);
    expect(known.shared).toEqual(['b.jpg']);
    expect(known.unverified).toEqual([expect.stringMatching(/^version 4 went on from weights/)]);
  });

  it('goes by the split where the set is of the data set that the version was made from', () => {
    expect(trainedOn(origin({ dataset }), set)).toMatchObject({ shared: [], unverified: [] });
    expect(trainedOn(origin({ dataset }), asTrained).shared).toHaveLength(4);
  });

  it('says where nothing is known', () => {
    expect(trainedOn(origin({}), set)).toEqual({
      shared: [],
      unverified: [
        'version 4 has no training-photos.bin and does not say what it was trained on: photos of the set may be among its training photos',
      ],
      notes: [],
    });
    expect(trainedOn(origin({ dataset: other }), asTrained)).toMatchObject({
      shared: [],
      unverified: [
        expect.stringMatching(/data set faces \(bbbbbbbbbbbb…\), which is not the set's/),
      ],
    });
  });

  it('notes that a split chose or calibrated the version', () => {
    expect(trainedOn(origin({ dataset }), set).notes).toEqual([
      'split val of the set also served version 4 (stopping point), which flatters it',
    ]);
    expect(trainedOn(origin({ dataset: other }), set).notes).toEqual([]);
  });
});

describe('sharedReasons', () => {
  it('names some of the photos and says what to do', () => {
    expect(sharedReasons(4, { shared: [] }, 9)).toEqual([]);
    expect(sharedReasons(4, { shared: ['a', 'b', 'c', 'd'] }, 9)).toEqual([
      'version 4 was trained on 4 of the 9 photos of the set (a, b, c, …), so it cannot be evaluated on them: remove them from GATE_SET, or evaluate on another split (GATE_SPLIT)',
    ]);
  });
});
