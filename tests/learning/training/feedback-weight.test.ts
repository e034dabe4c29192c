import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/learning/dataset/open-dataset.ts';
import { drawFaceJpeg } from '../../../src/drawing/draw-face.ts';
import type { EpochReport } from '../../../src/learning/training/epoch-report.ts';
import { createPhotoSet, joinPhotoSets } from '../../../src/learning/training/batches/photo-set.ts';
import {
  drawnSpec,
  prepareDrawnTraining,
  type DrawnTraining,
} from '../../support/models/drawn-training.ts';
import { nativeTensorFlow, withoutTensorFlow } from '../../support/models/native-tensorflow.ts';
import { s3Defaults } from '../../support/s3-defaults.ts';

const REPORTED_AGE = 95;

describe.skipIf(withoutTensorFlow !== '')(`the weight of feedback${withoutTensorFlow}`, () => {
  const tf = nativeTensorFlow!;
  let drawn: DrawnTraining;
  /** Faces like those of the dataset, all reported as very old. */
  let feedback: Awaited<ReturnType<typeof openDataset>>;
  beforeAll(async () => {
    drawn = await prepareDrawnTraining(tf);
    const folder = path.join(drawn.folder, 'feedback');
    const ageFolder = path.join(folder, String(REPORTED_AGE));
    await mkdir(ageFolder, { recursive: true });
    for (let index = 0; index < 64; index++) {
      const face = drawFaceJpeg({ age: index, seed: 9_000_000 + index });
      await writeFile(path.join(ageFolder, `${index}.jpg`), face);
    }
    feedback = await openDataset({
      source: { location: folder, s3: s3Defaults },
      spec: drawnSpec,
      cacheRoot: path.join(drawn.folder, 'feedback-cache'),
      valShare: 0,
      tuningShare: 0,
    });
  });
  afterAll(() => drawn.remove());

  /** MAE in years of the last epoch on the validation photos, whose labels are correct. */
  async function errorWith(weight: number): Promise<number> {
    const own = createPhotoSet(drawn.dataset, drawn.dataset.photosOf('train'));
    const train = joinPhotoSets(own, createPhotoSet(feedback, feedback.photos, weight));
    const reports: EpochReport[] = [];
    const { model } = await drawn.trainer(`weight-${weight}`, reports, {}, { train }).run();
    model.dispose();
    return reports.at(-1)!.validationMae;
  }

  it('determines how strongly feedback influences the model', async () => {
    const light = await errorWith(0.01);
    const heavy = await errorWith(20);
    expect(heavy - light).toBeGreaterThan(3);
  }, 300_000);
});
