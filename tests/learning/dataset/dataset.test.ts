import { appendFile, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exactly } from '../../../src/learning/dataset/age-range.ts';
import { drawFaceJpeg } from '../../../src/drawing/draw-face.ts';
import { preprocess } from '../../../src/inference/preprocess/preprocess.ts';
import { drawDataset } from '../../../src/drawing/draw-dataset.ts';
import { openTestDataset, pixelsByKey, testSpec } from '../../support/models/open-test-dataset.ts';

const face = (seed: number) => drawFaceJpeg({ age: 30, seed, size: 64 });

describe('a dataset in a folder', () => {
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'dataset-'));
    folder = path.join(root, 'faces');
    await mkdir(folder);
  });
  afterEach(() => rm(root, { recursive: true }));
  const open = (options = {}) => openTestDataset(folder, path.join(root, 'cache'), options);
  const put = async (key: string, content: Uint8Array | string) => {
    await mkdir(path.dirname(path.join(folder, key)), { recursive: true });
    await writeFile(path.join(folder, key), content);
  };

  it('has labels, splits, and pixels preprocessed as in serving', async () => {
    await drawDataset(folder, { train: 8, val: 4 });
    const { dataset } = await open();
    expect(dataset.counts).toMatchObject({ photos: 12, unreadable: 0, train: 8, val: 4 });
    const [first] = dataset.photosOf('val');
    expect(first).toMatchObject({ key: 'val/0.jpg', age: exactly(0), groups: { sex: '0' } });
    const file = await dataset.fileOf(first!);
    const { pixels } = await preprocess(file, testSpec, { maxPixels: 1e6 });
    expect(pixelsByKey(dataset).get('val/0.jpg')).toEqual(pixels);
  });

  it('is the same when it is reopened and preprocesses nothing', async () => {
    await drawDataset(folder, { train: 8, val: 4 });
    const once = await open();
    const again = await open();
    expect([once.built, again.built]).toEqual([12, 0]);
    expect(again.dataset.photos.map(({ key }) => key)).toEqual(
      once.dataset.photos.map(({ key }) => key),
    );
    expect(pixelsByKey(again.dataset)).toEqual(pixelsByKey(once.dataset));
    expect(again.dataset.fingerprint).toBe(once.dataset.fingerprint);
  });

  it('detects changed, added, and removed photos and caches only those', async () => {
    for (const seed of [0, 1, 2]) await put(`30/${seed}.jpg`, face(seed));
    const before = (await open()).dataset;
    await put('30/1.jpg', face(11));
    await put('31/3.jpg', face(3));
    await rm(path.join(folder, '30/2.jpg'));
    const { dataset, built } = await open();
    expect(built).toBe(2);
    expect(dataset.photos.map(({ key }) => key)).toEqual(['30/0.jpg', '30/1.jpg', '31/3.jpg']);
    const [pixels, old] = [pixelsByKey(dataset), pixelsByKey(before)];
    expect(pixels.get('30/0.jpg')).toEqual(old.get('30/0.jpg'));
    expect(pixels.get('30/1.jpg')).not.toEqual(old.get('30/1.jpg'));
    expect(dataset.fingerprint).not.toBe(before.fingerprint);
  });

  it('detects changed labels without preprocessing again, and a changed spec', async () => {
    await drawDataset(folder, { train: 4, val: 2 });
    const before = (await open()).dataset;
    await put('more.jpg', face(7));
    await appendFile(path.join(folder, 'labels.csv'), 'more.jpg,44,1\n');
    const labeled = await open({ valShare: 1 });
    expect(labeled.built).toBe(1);
    expect(labeled.dataset.counts).toMatchObject({ train: 4, val: 3 });
    await writeFile(path.join(folder, 'labels.csv'), 'file,age\ntrain/0.jpg,99\n');
    const relabeled = await open();
    expect(relabeled.built).toBe(0);
    expect(relabeled.dataset.photos).toMatchObject([{ key: 'train/0.jpg', age: exactly(99) }]);
    expect(relabeled.dataset.fingerprint).not.toBe(before.fingerprint);
    expect((await open({ spec: { ...testSpec, width: 20, height: 20 } })).built).toBe(1);
  });

  it('merges duplicates, drops contradictory labels, and keeps each content in one split', async () => {
    await put('train/20/a.jpg', face(1));
    await put('train/20/b.jpg', face(1));
    await put('val/20/c.jpg', face(1));
    await put('train/30/d.jpg', face(2));
    await put('train/31/e.jpg', face(2));
    await put('train/40/f.jpg', face(3));
    const { dataset } = await open();
    expect(dataset.counts).toEqual({
      photos: 6,
      unlabelled: 0,
      unreadable: 0,
      merged: 2,
      contradictory: 2,
      inTwoSplits: 1,
      train: 1,
      val: 1,
    });
    expect(dataset.photos.map(({ key, split }) => [key, split])).toEqual([
      ['train/20/a.jpg', 'val'],
      ['train/40/f.jpg', 'train'],
    ]);
  });

  it('splits by content if the source has no splits, regardless of file names', async () => {
    for (let seed = 0; seed < 40; seed++) await put(`30/${seed}.jpg`, face(seed));
    const { dataset } = await open({ valShare: 0.5, tuningShare: 0.3 });
    const splits = (photos: typeof dataset.photos) => photos.map(({ split }) => split);
    expect(new Set(splits(dataset.photos))).toEqual(new Set(['train', 'val', 'tuning']));
    for (const { key } of dataset.photos)
      await copyFile(path.join(folder, key), path.join(folder, '30', `copy-${path.basename(key)}`));
    const doubled = (await open({ valShare: 0.5, tuningShare: 0.3 })).dataset;
    expect(doubled.counts.merged).toBe(40);
    expect(splits(doubled.photos)).toEqual(splits(dataset.photos));
    expect(doubled.fingerprint).toBe(dataset.fingerprint);
  });

  it('lists and skips unreadable photos, up to a limit', async () => {
    await put('labels.csv', 'file,age\na.jpg,1\nb.jpg,2\ngone.jpg,3\nc.jpg,4\n');
    await put('a.jpg', face(1));
    await put('b.jpg', face(2).subarray(0, 400));
    await put('c.jpg', 'no picture');
    for (const expected of [3, 0]) {
      const { dataset, built } = await open();
      expect(built).toBe(expected);
      expect(dataset.unreadable.map(({ key }) => key)).toEqual(['b.jpg', 'gone.jpg', 'c.jpg']);
      expect(dataset.unreadable[1]!.reason).toBe('it does not exist');
      expect(dataset.counts).toMatchObject({ photos: 4, unreadable: 3, train: 1 });
    }
    await expect(open({ maxUnreadable: { count: 2 } })).rejects.toThrow(
      /3 of 4 photos cannot be read[^]*b\.jpg: [^]*gone\.jpg: it does not exist/,
    );
  });

  it('takes in a folder as people have it, and suggests names for missing files', async () => {
    await put('männer/a.jfif'.normalize('NFD'), face(1));
    await put('männer/b.jpg', face(2));
    await put('männer/portrait.jpg', face(3));
    await put('.Trash-1000/files/c.jpg', face(4));
    await put('männer/d.heic', 'not read');
    const table =
      'Datei;Path;AGE;Split;Geschlecht;Sex\r\n;männer\\a.jfif;20–29;Training;;m\r\n;männer\\b.jpg;35;Validation;;m\r\n' +
      ';männer\\portait.jpg;40;dev;;w\r\n;;;;;\r\n;.Trash-1000\\files\\c.jpg;50;;;w\r\n';
    await put('labels.csv', Buffer.from(`\uFEFF${table}`, 'utf16le'));
    const { dataset } = await open();
    expect(dataset.counts).toMatchObject({
      ...{ photos: 3, unlabelled: 1, unreadable: 1, hidden: 1, otherFormats: 1, train: 1, val: 1 },
    });
    expect(dataset.unreadable).toEqual([
      {
        key: 'männer/portait.jpg',
        reason: 'it does not exist; did you mean männer/portrait.jpg?',
      },
    ]);
    expect(dataset.photos[0]).toMatchObject({ age: { min: 20, max: 29 }, groups: { sex: 'm' } });
  });

  it('explains what to do if the folder is empty or missing', async () => {
    await expect(open()).rejects.toThrow(/no labels: add labels\.csv/);
    await rm(folder, { recursive: true });
    await expect(open()).rejects.toThrow(/cannot list .*faces/);
    await mkdir(folder);
  });
});
