import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/common/metrics/metrics.ts';
import { drawFaceJpeg } from '../../../src/drawing/draw-face.ts';
import { createOnnxEngine } from '../../../src/inference/engine/onnx-engine.ts';
import { detectWith } from '../../../src/inference/face-detector.ts';
import { FaceFinder } from '../../../src/inference/face-finder.ts';
import { preprocess } from '../../../src/inference/preprocess/preprocess.ts';
import type { FaceFraming } from '../../../src/learning/dataset/face-framing.ts';
import {
  readLocalDetector,
  shippedDetector,
} from '../../../src/registry/detector/local-detector.ts';
import { utkFraming } from '../../../src/registry/framing.ts';
import { loadDetector } from '../../../src/registry/loading/local-detector.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { openTestDataset, pixelsByKey, testSpec } from '../../support/models/open-test-dataset.ts';

const framing: FaceFraming = {
  detectorFolder: shippedDetector(1),
  detectorSha256: utkFraming.detector.sha256,
  points: utkFraming.points,
};

/** Searches as a server does. */
async function servedPixels(photo: Uint8Array) {
  const engine = createOnnxEngine({ threads: 1 });
  const model = await loadDetector(engine, await readLocalDetector(shippedDetector(1)));
  const finder = new FaceFinder({
    preprocess,
    metrics: createMetrics(),
    limits: { maxPixels: 1e7 },
  });
  const detect = detectWith(model);
  const { faces } = await finder.findLargest({
    bytes: photo,
    framing: { kind: 'aligned', detector: { detect }, points: framing.points },
    side: testSpec.width,
    signal: new AbortController().signal,
    deadlineAtMs: Infinity,
  });
  await model.dispose();
  await engine.close();
  return faces[0]!;
}

describe('a dataset with framing', () => {
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'framed-'));
    folder = path.join(root, 'faces');
    await mkdir(path.join(folder, 'val'), { recursive: true });
    await writeFile(path.join(folder, 'val/face.jpg'), drawFaceJpeg({ age: 30, seed: 1 }));
    await writeFile(path.join(folder, 'val/gray.jpg'), await grayJpeg(128));
    await writeFile(path.join(folder, 'val/text.jpg'), 'no picture');
    const rows = ['face', 'gray', 'text'].map((name) => `val/${name}.jpg,30,val\n`);
    await writeFile(path.join(folder, 'labels.csv'), `file,age,split\n${rows.join('')}`);
  });
  afterEach(() => rm(root, { recursive: true }));
  const open = (options = {}) =>
    openTestDataset(folder, path.join(root, 'cache'), { framing, ...options });

  it('holds the faces with the pixels, side and score of serving', async () => {
    const { dataset } = await open();
    const { pixels, face } = await servedPixels(drawFaceJpeg({ age: 30, seed: 1 }));
    expect(pixelsByKey(dataset)).toEqual(new Map([['val/face.jpg', pixels]]));
    const [photo] = dataset.photos;
    expect(photo!.face!.side).toBeCloseTo(face.box.width, 3);
    expect(photo!.face!.score).toBeCloseTo(face.score, 6);
  });

  it('leaves out photos without a face and counts them apart from unreadable ones', async () => {
    const { dataset } = await open();
    expect(dataset.counts).toMatchObject({ photos: 3, unreadable: 1, noFace: 1, val: 1 });
    expect(dataset.unreadable.map(({ key }) => key)).toEqual(['val/text.jpg']);
    expect(dataset.withoutFaceOf('val').map(({ key }) => key)).toEqual(['val/gray.jpg']);
    const again = await open();
    expect(again.built).toBe(0);
    expect(again.dataset.photos).toEqual(dataset.photos);
  });

  it('keeps photos without a face as a whole on request, from the same cache', async () => {
    await open();
    const { dataset, built } = await open({ keepWithoutFace: true });
    expect(built).toBe(0);
    expect(dataset.photos.map(({ key, face }) => [key, face === null])).toEqual([
      ['val/face.jpg', false],
      ['val/gray.jpg', true],
    ]);
    const { dataset: whole } = await open({ framing: undefined });
    const key = 'val/gray.jpg';
    expect(pixelsByKey(dataset).get(key)).toEqual(pixelsByKey(whole).get(key));
  });

  it('has the fingerprint of the same photos without framing', async () => {
    const { dataset } = await open();
    const { dataset: whole } = await open({ framing: undefined });
    expect(dataset.fingerprint).toBe(whole.fingerprint);
    expect(whole.counts).not.toHaveProperty('noFace');
    await copyFile(path.join(folder, 'val/face.jpg'), path.join(folder, 'val/gray.jpg'));
    expect((await open()).dataset.fingerprint).not.toBe(whole.fingerprint);
  });
});
