import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exactly } from '../../../src/learning/dataset/age-range.ts';
import { openFeedback } from '../../../src/learning/dataset/open-feedback.ts';
import { formatFeedbackRecord } from '../../../src/registry/feedback/feedback-record.ts';
import { nameOfId } from '../../../src/registry/feedback/feedback-keys.ts';
import { FeedbackStore } from '../../../src/registry/feedback/feedback-store.ts';
import { FolderStore } from '../../../src/registry/store/folder-store.ts';
import {
  exampleFace,
  exampleFeedback,
  examplePhoto,
  exampleRecord1,
  facePhoto,
} from '../../support/feedback.ts';
import { openTestDataset, pixelsByKey, testSpec } from '../../support/models/open-test-dataset.ts';
import { s3Defaults } from '../../support/s3-defaults.ts';

let root: string;
let location: string;
let cacheRoot: string;
let store: FeedbackStore;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'feedback-'));
  location = path.join(root, 'feedback');
  cacheRoot = path.join(root, 'cache');
  store = new FeedbackStore(new FolderStore(location));
});
afterEach(() => rm(root, { recursive: true }));

const open = () =>
  openFeedback({ source: { location, s3: s3Defaults }, spec: testSpec, cacheRoot });
const keep = (seed: number, state: 'accepted' | 'pending' = 'accepted') =>
  store.add(exampleFeedback({ bytes: facePhoto(seed), age: 20 + seed, state }));

describe('a feedback store as a dataset', () => {
  it('contains the accepted photos with their ages, preprocessed like any others', async () => {
    for (const seed of [1, 2, 3]) await keep(seed);
    await keep(4, 'pending');
    const { dataset, close } = await open();
    expect(dataset!.photos.map(({ age }) => age.min).toSorted()).toEqual([21, 22, 23]);
    expect(dataset!.layout).toBe('feedback records');
    const { dataset: same } = await openTestDataset(location, path.join(root, 'other'));
    expect(pixelsByKey(dataset!)).toEqual(pixelsByKey(same));
    await close();
  });

  it('reads photos of which only a range of ages is known', async () => {
    await keep(1);
    await store.add(
      exampleFeedback({ bytes: facePhoto(2), minAge: 20, maxAge: 29, state: 'accepted' }),
    );
    const { dataset, close } = await open();
    expect(dataset!.photos.map(({ age }) => age)).toEqual(
      expect.arrayContaining([exactly(21), { min: 20, max: 29 }]),
    );
    expect(dataset!.counts).toMatchObject({ photos: 2, unlabelled: 0 });
    await close();
  });

  it('reads records of 0.1 beside those with a face, and knows both photos by their hash as sent', async () => {
    const { key, record } = exampleRecord1({ state: 'accepted', age: 41 });
    const objects = new FolderStore(location);
    const old = facePhoto(7);
    await objects.upload(record.photo.key, old);
    await objects.put(key, formatFeedbackRecord(record));
    const face = exampleFace({ x: 12, y: 12, width: 24, height: 24 });
    const sha256 = 'ab'.repeat(32);
    const photo = { ...examplePhoto(facePhoto(1)), sha256 };
    await store.add(exampleFeedback({ photo, face, age: 21, state: 'accepted' }));
    const { dataset, close } = await open();
    const [young, elder] = dataset!.photos.toSorted((one, other) => one.age.min - other.age.min);
    expect(young).toMatchObject({ age: exactly(21), knownFace: face });
    expect(elder).not.toHaveProperty('knownFace');
    const hashes = [young!, elder!].map((each) =>
      Buffer.from(dataset!.hashOf(each), 'latin1').toString('hex'),
    );
    expect(hashes).toEqual([sha256, createHash('sha256').update(old).digest('hex')]);
    await close();
  });

  it('leaves no pixels behind and removes those of killed runs', async () => {
    await mkdir(path.join(cacheRoot, 'feedback-killed'), { recursive: true });
    await mkdir(path.join(cacheRoot, 'feedback-running'));
    const longAgo = new Date(Date.now() - 8 * 86_400_000);
    await utimes(path.join(cacheRoot, 'feedback-killed'), longAgo, longAgo);
    await keep(1);
    const { close } = await open();
    expect(await readdir(cacheRoot)).toHaveLength(2);
    await close();
    expect(await readdir(cacheRoot)).toEqual(['feedback-running']);
  });

  it('is undefined if there is no feedback or none has been accepted', async () => {
    const empty = await open();
    expect(empty.dataset).toBeUndefined();
    await empty.close();
    await keep(1, 'pending');
    const pending = await open();
    expect(pending.dataset).toBeUndefined();
    await pending.close();
    expect(await readdir(cacheRoot)).toEqual([]);
  });

  it('omits deleted feedback and skips a photo whose removal was interrupted', async () => {
    const [first, second] = [await keep(1), await keep(2)];
    await keep(3);
    const { id, photo } = first.record;
    await store.remove({ name: nameOfId(id)!, key: photo.key });
    await store.removePhoto(second.record.photo);
    const { dataset, close } = await open();
    expect(dataset!.photos.map(({ age }) => age)).toEqual([exactly(23)]);
    expect(dataset!.counts.unreadable).toBe(1);
    await close();
  });

  it('rejects a location that is not a feedback store', async () => {
    await mkdir(location);
    await writeFile(path.join(location, 'labels.csv'), 'file,age\n');
    await expect(open()).rejects.toThrow(/has files but no records\/: it is not a feedback store/);
    expect(await readdir(cacheRoot)).toEqual([]);
  });
});
