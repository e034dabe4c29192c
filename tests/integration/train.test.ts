import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/dataset/dataset.ts';
import { openDataset } from '../../src/dataset/open-dataset.ts';
import { createOnnxEngine } from '../../src/engine/onnx-engine.ts';
import { createTensorFlowEngine } from '../../src/engine/tensorflow-engine.ts';
import { parseMetricsFile } from '../../src/evaluation/metrics-file.ts';
import { checkGolden } from '../../src/lifecycle/golden-check.ts';
import { verifyArtifact } from '../../src/lifecycle/artifact-verifier.ts';
import { defaultPreprocessSpec } from '../../src/preprocess/spec.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import type { EpochReport } from '../../src/training/epoch-report.ts';
import { completeRecipe } from '../../src/training/recipe.ts';
import {
  CheckpointMismatchError,
  TrainingStoppedError,
} from '../../src/training/checkpoint-keeper.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { createPhotoSet, type PhotoSet } from '../../src/training/photo-set.ts';
import { writeVersion } from '../../src/training/version-writer.ts';
import { drawDataset } from '../../src/drawing/draw-dataset.ts';
import { nativeTensorFlow, withoutTensorFlow } from '../support/native-tensorflow.ts';

const spec = { ...defaultPreprocessSpec, width: 48, height: 48 };
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

describe.skipIf(withoutTensorFlow !== '')(`training on drawn faces${withoutTensorFlow}`, () => {
  const tf = nativeTensorFlow!;
  let folder: string;
  let dataset: Dataset;
  let train: PhotoSet;
  let validation: PhotoSet;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'training-'));
    await drawDataset(folder, { train: 192, val: 48 });
    dataset = await openDataset({
      source: {
        location: folder,
        s3: { forcePathStyle: false, checksumMode: 'when_supported' },
      },
      spec,
      cacheRoot: path.join(folder, 'cache'),
      valShare: 0.1,
      tuningShare: 0,
    });
    train = createPhotoSet(dataset, dataset.photosOf('train'));
    validation = createPhotoSet(dataset, dataset.photosOf('val'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  function trainer(
    checkpoint: string,
    reports: { push(report: EpochReport): unknown },
    overrides = {},
    fingerprint = dataset.fingerprint,
  ) {
    return new Trainer(tf, {
      recipe: { ...recipe, ...overrides },
      train,
      validation,
      normalisation: spec,
      checkpointFile: path.join(folder, checkpoint),
      fingerprint,
      checkpointIntervalMs: 60_000,
      resume: true,
      onEpoch: (report) => reports.push(report),
    });
  }

  it('lowers the loss, holds its tensors, and writes a version both engines can serve', async () => {
    const reports: EpochReport[] = [];
    const { model, history } = await trainer('whole', reports).run();
    expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(reports[2]!.loss).toBeLessThan(reports[0]!.loss);
    expect(reports[2]!.tensors).toBe(reports[1]!.tensors);

    const root = path.join(folder, 'models');
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
      preprocess: spec,
      validation: { photos: validation, labelled: dataset.photosOf('val') },
      about,
      history,
    });
    expect(written.figures.groups.sex!['0']!.count).toBe(24);

    const artifact = await new FileRegistry(root).fetchArtifact('drawn', written.version);
    await verifyArtifact(artifact);
    expect(artifact.manifest.files.map(({ path: name }) => name).toSorted()).toEqual([
      'MODEL_CARD.md',
      'metrics.json',
      'model.json',
      'model.onnx',
      'report.html',
      'weights.bin',
    ]);
    const text = (file: string) => readFile(path.join(artifact.directory, file), 'utf8');
    expect(parseMetricsFile(await text('metrics.json'))).toEqual(written.figures);
    expect(written.figures.history).toEqual(history);
    expect(artifact.manifest.metrics.mae).toBe(written.figures.all.mae);
    expect(await text('report.html')).toContain('<h3>Training</h3>');
    expect(await text('MODEL_CARD.md')).toMatch(/^# drawn 1\n[^]* million multiply-accumulates/);
    for (const engine of [
      createOnnxEngine({ threads: 1 }),
      createTensorFlowEngine({ device: 'cpu' }),
    ]) {
      const network = await engine.load({
        ...spec,
        directory: artifact.directory,
        outputLength: 101,
      });
      await checkGolden(network, { manifest: artifact.manifest, engine, outputLength: 101 });
      await network.dispose();
    }
    model.dispose();
  });

  it('writes a network that answers with decades as a version that is served as it is', async () => {
    const plain = completeRecipe({
      architecture: 'plain',
      epochs: 1,
      batchSize: 16,
      network: { convolutions: [4], denseUnits: [8] },
    });
    const { model } = await trainer('plain', [], plain).run();
    const root = path.join(folder, 'plain-models');
    const { version, head } = await writeVersion(tf, new FileRegistry(root), {
      model,
      answers: 'decades',
      preprocess: spec,
      validation: { photos: validation, labelled: dataset.photosOf('val') },
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
    await verifyArtifact(artifact);
    const engine = createOnnxEngine({ threads: 1 });
    const network = await engine.load({
      ...spec,
      directory: artifact.directory,
      outputLength: 10,
    });
    await checkGolden(network, { manifest: artifact.manifest, engine, outputLength: 10 });
    await network.dispose();
    model.dispose();
  });

  it('goes on from a checkpoint as if it had not stopped', async () => {
    const whole: EpochReport[] = [];
    await trainer('uninterrupted', whole).run();
    const parts: EpochReport[] = [];
    const stop = new Error('stopped');
    const interrupting = {
      push: (report: EpochReport) => {
        parts.push(report);
        throw stop;
      },
    };
    await expect(trainer('interrupted', interrupting).run()).rejects.toBe(stop);
    await trainer('interrupted', parts).run();
    expect(parts.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(parts[2]!.loss).toBeCloseTo(whole[2]!.loss, 3);
    expect(parts[2]!.validationMae).toBeCloseTo(whole[2]!.validationMae, 1);
  });

  it('stops inside an epoch when asked, and goes on as if it had not', async () => {
    const whole: EpochReport[] = [];
    await trainer('not-stopped', whole).run();
    const parts: EpochReport[] = [];
    const stop = new AbortController();
    const stopping = new Trainer(tf, {
      recipe,
      train,
      validation,
      normalisation: spec,
      checkpointFile: path.join(folder, 'stopped'),
      fingerprint: dataset.fingerprint,
      checkpointIntervalMs: 60_000,
      resume: true,
      stop: stop.signal,
      onStep: ({ epoch, step }) => {
        if (epoch === 2 && step === 5) stop.abort();
      },
      onEpoch: (report) => parts.push(report),
    });
    await expect(stopping.run()).rejects.toThrow(TrainingStoppedError);
    expect(parts.map(({ epoch }) => epoch)).toEqual([1]);
    await trainer('stopped', parts).run();
    expect(parts.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(parts[2]!.loss).toBeCloseTo(whole[2]!.loss, 3);
  });

  it('ends when validation has not improved for as long as the recipe is patient', async () => {
    const reports: EpochReport[] = [];
    const { best } = await trainer('impatient', reports, {
      epochs: 30,
      patience: 1,
      learningRate: { peak: 1e-12, warmUpShare: 0, finalShare: 1 },
    }).run();
    expect(reports.length).toBeLessThan(30);
    expect(reports.length).toBe(best.epoch + 1);
  });

  it('refuses a checkpoint of another recipe', async () => {
    const reports: EpochReport[] = [];
    await trainer('mine', reports, { epochs: 1 }).run();
    const other = trainer('mine', reports, { epochs: 1, seed: 9 }).run();
    await expect(other).rejects.toThrow(CheckpointMismatchError);
    await expect(other).rejects.toThrow(/another recipe/);
  });

  it('refuses a checkpoint of other photos', async () => {
    const reports: EpochReport[] = [];
    await trainer('before', reports, { epochs: 1 }).run();
    const changed = trainer('before', reports, { epochs: 1 }, 'sha256:changed').run();
    await expect(changed).rejects.toThrow(CheckpointMismatchError);
    await expect(changed).rejects.toThrow(/other photos/);
  });
});
