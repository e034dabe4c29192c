import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxEngine } from '../../../src/inference/engine/onnx-engine.ts';
import { createTensorFlowEngine } from '../../../src/inference/engine/tensorflow-engine.ts';
import {
  readTrainingPhotos,
  trainingPhotosOf,
} from '../../../src/learning/dataset/training-photo-list.ts';
import { parseMetricsFile } from '../../../src/learning/evaluation/metrics-file.ts';
import { createPhotoSet } from '../../../src/learning/training/batches/photo-set.ts';
import type { EpochReport } from '../../../src/learning/training/epoch-report.ts';
import { writeVersion } from '../../../src/learning/training/publication/write-trained.ts';
import { completeRecipe } from '../../../src/learning/training/recipe.ts';
import { validationPhotosOf } from '../../../src/learning/training/validation.ts';
import { driftFeatures } from '../../../src/registry/drift/reference-histograms.ts';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import { checkGolden, verifyArtifact } from '../../../src/registry/loading/verify-artifact.ts';
import {
  drawnSpec,
  prepareDrawnTraining,
  type DrawnTraining,
} from '../../support/models/drawn-training.ts';
import { nativeTensorFlow, withoutTensorFlow } from '../../support/models/native-tensorflow.ts';

describe.skipIf(withoutTensorFlow !== '')(`training on drawn faces${withoutTensorFlow}`, () => {
  const tf = nativeTensorFlow!;
  let drawn: DrawnTraining;
  beforeAll(async () => {
    drawn = await prepareDrawnTraining(tf);
  });
  afterAll(() => drawn.remove());

  it('lowers the loss, leaks no tensors, and publishes a version that both engines can serve', async () => {
    const reports: EpochReport[] = [];
    const { model, history } = await drawn.trainer('whole', reports).run();
    expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(reports[2]!.loss).toBeLessThan(reports[0]!.loss);
    expect(reports[2]!.tensors).toBe(reports[1]!.tensors);

    const root = path.join(drawn.folder, 'models');
    const about = {
      name: 'drawn',
      parent: null,
      gitCommit: null,
      architecture: 'residual',
      dataset: null,
      training: null,
      license: 'for tests',
    };
    const written = await writeVersion(tf, new FileRegistry(root), {
      model,
      answers: 'age-distribution',
      preprocess: drawnSpec,
      validation: validationPhotosOf(drawn.dataset, 'val'),
      trainedOn: createPhotoSet(drawn.dataset, drawn.dataset.photosOf('train')),
      about,
      history,
      trainingPhotos: trainingPhotosOf(drawn.dataset, drawn.dataset.photosOf('train')),
    });
    expect(written.figures.groups.sex!['0']!.count).toBe(24);

    const artifact = await new FileRegistry(root).fetchArtifact('drawn', written.version);
    await verifyArtifact(artifact);
    expect(artifact.manifest.files.map(({ path: name }) => name).toSorted()).toEqual([
      'MODEL_CARD.md',
      'metrics.json',
      'model.int8.onnx',
      'model.json',
      'model.onnx',
      'report.html',
      'training-photos.bin',
      'weights.bin',
    ]);
    const list = await readTrainingPhotos(artifact.directory);
    expect(list!.count).toBe(192);
    for (const photo of drawn.dataset.photos)
      expect(list!.has(drawn.dataset.hashOf(photo))).toBe(photo.split === 'train');
    const { reference } = artifact.manifest;
    // Only versions whose faces are found have features of finding.
    const ofFinding = ['face_score', 'no_face_share'];
    expect(Object.keys(reference)).toEqual(
      driftFeatures.filter((feature) => !ofFinding.includes(feature)),
    );
    for (const { counts } of Object.values(reference))
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(48);
    const text = (file: string) => readFile(path.join(artifact.directory, file), 'utf8');
    expect(parseMetricsFile(await text('metrics.json'))).toEqual(written.figures);
    expect(written.figures.history).toEqual(history);
    expect(artifact.manifest.metrics.mae).toBe(written.figures.all!.mae);
    expect(await text('report.html')).toContain('<h3>Training</h3>');
    expect(await text('MODEL_CARD.md')).toMatch(/^# drawn 1\n[^]* million multiply-accumulates/);
    for (const engine of [
      createOnnxEngine({ threads: 1 }),
      createTensorFlowEngine({ device: 'cpu' }),
    ]) {
      const network = await engine.load({
        ...drawnSpec,
        directory: artifact.directory,
        outputLength: 101,
      });
      await checkGolden(network, { manifest: artifact.manifest, engine, outputLength: 101 });
      await network.dispose();
    }
    model.dispose();
  });

  it('publishes a network that outputs decades without calibrating it', async () => {
    const plain = completeRecipe({
      architecture: 'plain',
      epochs: 1,
      batchSize: 16,
      network: { convolutions: [4], denseUnits: [8] },
    });
    const { model } = await drawn.trainer('plain', [], plain).run();
    const root = path.join(drawn.folder, 'plain-models');
    const { version, head } = await writeVersion(tf, new FileRegistry(root), {
      model,
      answers: 'decades',
      preprocess: drawnSpec,
      validation: { photos: drawn.validation, labeled: drawn.dataset.photosOf('val') },
      about: {
        name: 'plain',
        parent: null,
        gitCommit: null,
        architecture: 'plain',
        dataset: null,
        training: null,
        license: 'for tests',
      },
    });
    expect(head.kind).toBe('buckets');
    const artifact = await new FileRegistry(root).fetchArtifact('plain', version);
    expect(artifact.manifest.reference).not.toHaveProperty('photo_size');
    await verifyArtifact(artifact);
    const engine = createOnnxEngine({ threads: 1 });
    const network = await engine.load({
      ...drawnSpec,
      directory: artifact.directory,
      outputLength: 10,
    });
    await checkGolden(network, { manifest: artifact.manifest, engine, outputLength: 10 });
    await network.dispose();
    model.dispose();
  });

  it('stops early when validation does not improve', async () => {
    const reports: EpochReport[] = [];
    const { best } = await drawn
      .trainer('early-stopping', reports, {
        epochs: 30,
        patience: 1,
        learningRate: { peak: 1e-12, warmUpShare: 0, finalShare: 1 },
      })
      .run();
    expect(reports.length).toBeLessThan(30);
    expect(reports.length).toBe(best.epoch + 1);
  });
});
