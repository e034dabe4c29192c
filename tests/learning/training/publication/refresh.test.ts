import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../../../src/common/metrics/metrics.ts';
import { drawDataset } from '../../../../src/drawing/draw-dataset.ts';
import { createOnnxEngine } from '../../../../src/inference/engine/onnx-engine.ts';
import { PhotoEstimator } from '../../../../src/inference/estimator.ts';
import { preprocess } from '../../../../src/inference/preprocess/preprocess.ts';
import type { Dataset } from '../../../../src/learning/dataset/dataset.ts';
import { readTrainingPhotos } from '../../../../src/learning/dataset/training-photo-list.ts';
import { describeDataset } from '../../../../src/learning/training/publication/dataset-description.ts';
import { refreshVersion } from '../../../../src/learning/training/publication/refresh.ts';
import {
  driftFeatures,
  type PhotoTraits,
} from '../../../../src/registry/drift/reference-histograms.ts';
import { FileRegistry } from '../../../../src/registry/file-registry.ts';
import { createModelLoader } from '../../../../src/registry/loading/model-loader.ts';
import { verifyArtifact, checkGolden } from '../../../../src/registry/loading/verify-artifact.ts';
import type { Manifest } from '../../../../src/registry/manifest.ts';
import { DriftWindow } from '../../../../src/serving/drift/drift-window.ts';
import { exampleManifest, fileEntry } from '../../../support/models/example-manifest.ts';
import { createModelFolder, type ModelFolder } from '../../../support/models/model-folder.ts';
import { openTestDataset } from '../../../support/models/open-test-dataset.ts';
import { decadesHead, writeTinyArtifact } from '../../../support/models/tiny-artifact.ts';

const TRAINING_PHOTOS = 6;
const VALIDATION_PHOTOS = 60;
/** The features of photos that are taken for framed faces. */
const asSentFeatures = driftFeatures.filter((feature) => !feature.includes('face'));
const weights = Buffer.from('any other file of the network');

let drawings: string;
let dataset: Dataset;
beforeAll(async () => {
  drawings = await mkdtemp(path.join(tmpdir(), 'refresh-'));
  await drawDataset(path.join(drawings, 'faces'), {
    train: TRAINING_PHOTOS,
    val: VALIDATION_PHOTOS,
  });
  const { preprocess: spec } = exampleManifest();
  const cache = path.join(drawings, 'cache');
  ({ dataset } = await openTestDataset(path.join(drawings, 'faces'), cache, { spec }));
});
afterAll(() => rm(drawings, { recursive: true }));

let folder: ModelFolder;
let registry: FileRegistry;
beforeEach(async () => {
  folder = await createModelFolder();
  registry = new FileRegistry(folder.root);
});
afterEach(() => folder.remove());

/** Writes version 3 with a real network and made-up metrics. */
async function writeThird(about: Partial<Manifest> = {}): Promise<Manifest> {
  const tiny = await writeTinyArtifact(folder, 3, about.head);
  const stale = Buffer.from('stale');
  const files = [fileEntry('weights.bin', weights), fileEntry('MODEL_CARD.md', stale)];
  await folder.write('3/weights.bin', weights);
  await folder.write('3/MODEL_CARD.md', stale);
  const manifest = {
    ...tiny,
    dataset: describeDataset([{ name: 'faces', weight: 1, license: undefined, dataset }], 'val'),
    training: { seed: 5, recipe: { epochs: 2 }, durationSeconds: 60 },
    ...about,
    files: [...tiny.files, ...files],
  };
  await folder.write('3/manifest.json', JSON.stringify(manifest));
  return manifest;
}

async function refresh(newData = false, version = 3, dataLicense?: string) {
  const source = await registry.fetchArtifact('face-age', version);
  const options = { source, dataset, newData, dataLicense, gitCommit: null };
  const written = await refreshVersion(registry, options);
  return registry.fetchArtifact('face-age', written.version);
}

/** Yields the results of the service for the validation photos. */
async function* servedPhotos(version: number): AsyncGenerator<PhotoTraits> {
  const metrics = createMetrics();
  const model = await createModelLoader({
    registry,
    modelName: 'face-age',
    engine: createOnnxEngine({ threads: 1 }),
    batching: { maxSize: 1, maxWaitMs: 0, queueMaxImages: 1 },
    metrics,
  })({ alias: 'production', version }, new AbortController().signal);
  const estimator = new PhotoEstimator({ preprocess, metrics, maxPixels: 1_000_000 });
  const { signal } = new AbortController();
  for (const photo of dataset.photosOf('val')) {
    const queue = model.batcher.reserve(1);
    const context = { model, queue, signal, deadlineAtMs: Infinity };
    yield await estimator.estimate({ bytes: await dataset.fileOf(photo) }, context);
    queue.release();
  }
  await model.dispose();
}

describe('a refresh', () => {
  it('publishes the same network as the next version and recomputes everything derived from photos', async () => {
    const before = await writeThird();
    const artifact = await refresh();
    await verifyArtifact(artifact);
    const { manifest } = artifact;
    expect(manifest).toMatchObject({
      ...{ version: 4, parent: 3, architecture: 'example', license: 'for tests only' },
      ...{ dataset: before.dataset, training: before.training, engines: ['onnxruntime'] },
    });
    expect(manifest.calibratedOn).toBeUndefined();
    const sumOf = (from: Manifest, file: string) => from.files.find((each) => each.path === file);
    for (const file of ['model.onnx', 'weights.bin'])
      expect(sumOf(manifest, file)).toEqual(sumOf(before, file));
    expect(manifest.head).not.toEqual(before.head);
    expect(manifest.metrics.count).toBe(VALIDATION_PHOTOS);
    const card = await readFile(path.join(artifact.directory, 'MODEL_CARD.md'), 'utf8');
    expect(card).toMatch(/^# face-age 4\n[^]*parent version 3/);
  });

  it('counts each photo once in the reference histograms', async () => {
    await writeThird();
    const { reference } = (await refresh()).manifest;
    expect(Object.keys(reference)).toEqual(asSentFeatures);
    for (const { counts } of Object.values(reference))
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(VALIDATION_PHOTOS);
    const { edges, counts } = reference.photo_size!;
    expect(counts[edges.indexOf(128)]).toBe(VALIDATION_PHOTOS);
  });

  it('computes the reference as the service does, so the same photos show no drift', async () => {
    await writeThird();
    const { manifest } = await refresh();
    const window = new DriftWindow(manifest.reference, VALIDATION_PHOTOS);
    for await (const photo of servedPhotos(manifest.version)) window.add(photo, 0);
    expect(window.isFull).toBe(true);
    for (const { psi } of window.indices()) expect(psi).toBe(0);
  });

  it('adds the list of training photos if the version has none', async () => {
    await writeThird();
    const listed = (await readTrainingPhotos((await refresh()).directory))!;
    expect([listed.count, listed.complete]).toEqual([TRAINING_PHOTOS, true]);
    for (const photo of dataset.photos)
      expect(listed.has(dataset.hashOf(photo))).toBe(photo.split === 'train');
  });

  it('marks the list as incomplete if the version was warm-started', async () => {
    await writeThird({ parent: 2 });
    const listed = await readTrainingPhotos((await refresh()).directory);
    expect(listed!.complete).toBe(false);
  });

  it('records golden samples that the network reproduces', async () => {
    await writeThird();
    const { directory, manifest } = await refresh();
    const engine = createOnnxEngine({ threads: 1 });
    const network = await engine.load({ ...manifest.preprocess, directory, outputLength: 101 });
    await checkGolden(network, { manifest, engine, outputLength: 101 });
    await network.dispose();
  });

  it('keeps a bucket head unchanged', async () => {
    await writeThird({ head: decadesHead });
    expect((await refresh()).manifest.head).toEqual(decadesHead);
  });
});

describe('feedback metrics in a refresh', () => {
  const feedback = { feedbackPhotos: 7, feedbackMae: 4.5, feedbackBias: -1.25, feedbackCs5: 0.5 };
  const about = (metrics: Manifest['metrics']) =>
    Object.fromEntries(Object.entries(metrics).filter(([name]) => name.startsWith('feedback')));

  /** Writes version 4, calibrated on these photos, with made-up feedback metrics. */
  async function writeEvaluatedFourth() {
    await writeThird();
    const { manifest } = await refresh();
    const metrics = { ...manifest.metrics, ...feedback };
    await folder.write('4/manifest.json', JSON.stringify({ ...manifest, metrics }));
    return manifest;
  }

  it('are kept while the calibration is unchanged', async () => {
    const before = await writeEvaluatedFourth();
    const { metrics, head } = (await refresh(false, 4)).manifest;
    expect(head).toEqual(before.head);
    expect(metrics).toEqual({ ...before.metrics, ...feedback });
  });

  it('are omitted if a different temperature changes the mean ages', async () => {
    await writeThird({ metrics: { mae: 5, ...feedback } });
    expect(about((await refresh()).manifest.metrics)).toEqual({});
  });

  it('are kept for a bucket head', async () => {
    await writeThird({ head: decadesHead, metrics: { mae: 5, ...feedback } });
    expect(about((await refresh()).manifest.metrics)).toEqual(feedback);
  });

  it('are omitted if the version had none', async () => {
    await writeThird();
    expect(about((await refresh()).manifest.metrics)).toEqual({});
  });
});

describe('a refresh with photos other than those of the version', () => {
  const others = () => ({
    ...describeDataset([{ name: 'faces', weight: 1, license: undefined, dataset }], 'val')!,
    fingerprint: 'f'.repeat(64),
  });

  it('is rejected with advice', async () => {
    await writeThird({ dataset: others() });
    await expect(refresh()).rejects.toThrow(
      /faces \([0-9a-f]{16}\) is not the dataset that face-age 3 was trained on \(f{16}\).*--new-data/,
    );
    expect(await registry.listVersions('face-age')).toEqual([3]);
  });

  it('is rejected if the training photos are unknown', async () => {
    await writeThird({ dataset: null });
    await expect(refresh()).rejects.toThrow('trained on (unknown)');
  });

  it('calibrates and evaluates on them with newData, and records them separately', async () => {
    await writeThird({ dataset: others() });
    const { directory, manifest } = await refresh(true);
    expect(manifest.dataset).toEqual(others());
    expect(await readTrainingPhotos(directory)).toBeUndefined();
    expect(manifest.calibratedOn).toMatchObject({
      name: 'faces',
      fingerprint: dataset.fingerprint,
      splits: { val: 'temperature and interval' },
    });
    const card = await readFile(path.join(directory, 'MODEL_CARD.md'), 'utf8');
    expect(card).toContain('were also used to build this model (temperature and interval)');
    const again = await refresh(false, manifest.version);
    expect(again.manifest).toMatchObject({ version: 5, parent: 4, dataset: others() });
    expect(again.manifest.calibratedOn).toEqual(manifest.calibratedOn);
  });

  it('records their license, and refuses one that the recipe of the version does not accept', async () => {
    const recipe = { acceptedLicenses: ['CC BY 4.0'] };
    const training = { seed: 5, recipe, durationSeconds: 60 };
    await writeThird({ dataset: others(), training });
    await expect(refresh(true)).rejects.toThrow(
      /accepts only the licenses CC BY 4\.0; that of .*faces is unknown: state it with --data-license/,
    );
    const calibration = { role: 'calibration', name: 'faces', license: 'CC-BY-4.0 (somebody)' };
    const { manifest } = await refresh(true, 3, calibration.license);
    expect(manifest.derivedFrom).toEqual([calibration]);
    expect((await refresh(false, 4)).manifest.derivedFrom).toEqual([calibration]);
  });
});

describe('a version that cannot be calibrated', () => {
  it('is rejected if its ages differ from those of the labels', async () => {
    const { head } = exampleManifest();
    await writeThird({ head: { ...head, maxAge: 80 } as Manifest['head'] });
    await expect(refresh()).rejects.toThrow('its outputs are not the ages 0 to 100');
  });
});
