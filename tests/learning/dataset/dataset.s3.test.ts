import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../../src/drawing/draw-face.ts';
import { FolderStore } from '../../../src/registry/store/folder-store.ts';
import { drawDataset } from '../../../src/drawing/draw-dataset.ts';
import { openTestDataset, pixelsByKey } from '../../support/models/open-test-dataset.ts';
import { createBucket, s3Options, withoutS3, type TestBucket } from '../../support/s3-bucket.ts';

describe.skipIf(withoutS3 !== '')(`a dataset in S3${withoutS3}`, () => {
  let root: string;
  let bucket: TestBucket;
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'dataset-s3-'));
    bucket = await createBucket();
    const folder = path.join(root, 'faces');
    await drawDataset(folder, { train: 9, val: 3 });
    for await (const { key } of new FolderStore(folder).list())
      await bucket.put(`sets/faces/${key}`, await readFile(path.join(folder, key)));
  });
  afterAll(async () => {
    await bucket.remove();
    await rm(root, { recursive: true });
  });
  const open = () => {
    const location = `s3://${bucket.name}/sets/faces`;
    const source = { location, s3: s3Options };
    return openTestDataset(location, path.join(root, 'cache'), { source });
  };

  it('has the same fingerprint, labels, and pixels as a copy in a folder', async () => {
    const { dataset: here } = await openTestDataset(
      path.join(root, 'faces'),
      path.join(root, 'cache'),
    );
    const { dataset: there, built } = await open();
    expect(built).toBe(12);
    expect(there.fingerprint).toBe(here.fingerprint);
    expect(there.counts).toEqual(here.counts);
    expect(pixelsByKey(there)).toEqual(pixelsByKey(here));
    const [photo] = there.photosOf('val');
    expect(await there.fileOf(photo!)).toEqual(await here.fileOf(photo!));
  });

  it('relies on ETags and reads only changed photos again', async () => {
    await open();
    await bucket.put('sets/faces/val/0.jpg', drawFaceJpeg({ age: 50, seed: 99 }));
    expect((await open()).built).toBe(1);
    expect((await open()).built).toBe(0);
  });
});
