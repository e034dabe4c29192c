import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Dataset } from '../../../src/learning/dataset/dataset.ts';
import { openDataset } from '../../../src/learning/dataset/open-dataset.ts';
import { drawDataset } from '../../../src/drawing/draw-dataset.ts';
import type { TensorFlow } from '../../../src/inference/engine/tensorflow-runtime.ts';
import { defaultPreprocessSpec, type PreprocessSpec } from '../../../src/inference/preprocess/spec.ts';
import type { EpochReport } from '../../../src/learning/training/epoch-report.ts';
import { createPhotoSet, type PhotoSet } from '../../../src/learning/training/batches/photo-set.ts';
import { completeRecipe, type Recipe } from '../../../src/learning/training/recipe.ts';
import { Trainer, type TrainerOptions } from '../../../src/learning/training/trainer.ts';
import { s3Defaults } from '../s3-defaults.ts';

/** Small, for speed. */
export const drawnSpec: PreprocessSpec = { ...defaultPreprocessSpec, width: 48, height: 48 };

const recipe = completeRecipe({
  epochs: 3,
  batchSize: 16,
  averageDecay: 0.9,
  network: {
    stemChannels: 8,
    stages: [
      { channels: 16, blocks: 1 },
      { channels: 24, blocks: 1 },
    ],
    dropout: 0.1,
  },
});

/** Training runs on a few drawn faces, in a temporary folder. */
export interface DrawnTraining {
  readonly folder: string;
  readonly dataset: Dataset;
  readonly validation: PhotoSet;
  /**
   * A run of three short epochs that resumes from its checkpoint if there is one.
   * @param checkpoint name of the checkpoint file
   */
  trainer(
    checkpoint: string,
    reports: { push(report: EpochReport): unknown },
    settings?: Partial<Recipe>,
    options?: Partial<TrainerOptions>,
  ): Trainer;
  remove(): Promise<void>;
}

export async function prepareDrawnTraining(tf: TensorFlow): Promise<DrawnTraining> {
  const folder = await mkdtemp(path.join(tmpdir(), 'training-'));
  await drawDataset(folder, { train: 192, val: 48 });
  const dataset = await openDataset({
    source: { location: folder, s3: s3Defaults },
    spec: drawnSpec,
    cacheRoot: path.join(folder, 'cache'),
    valShare: 0.1,
    tuningShare: 0,
  });
  const train = createPhotoSet(dataset, dataset.photosOf('train'));
  const validation = createPhotoSet(dataset, dataset.photosOf('val'));
  return {
    folder,
    dataset,
    validation,
    trainer: (checkpoint, reports, settings = {}, options = {}) =>
      new Trainer(tf, {
        recipe: { ...recipe, ...settings },
        train,
        validation,
        normalization: drawnSpec,
        checkpointFile: path.join(folder, checkpoint),
        fingerprint: dataset.fingerprint,
        checkpointIntervalMs: 60_000,
        resume: true,
        onEpoch: (report) => reports.push(report),
        ...options,
      }),
    remove: () => rm(folder, { recursive: true }),
  };
}
