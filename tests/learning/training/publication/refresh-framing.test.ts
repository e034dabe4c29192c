import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../../src/common/config/config.ts';
import { drawDataset } from '../../../../src/drawing/draw-dataset.ts';
import { PhotoEstimator } from '../../../../src/inference/estimator.ts';
import { preprocess } from '../../../../src/inference/preprocess/preprocess.ts';
import type { Dataset, DatasetPhoto } from '../../../../src/learning/dataset/dataset.ts';
import { describeDataset } from '../../../../src/learning/training/publication/dataset-description.ts';
import { measureFraming } from '../../../../src/learning/training/publication/measure-framing.ts';
import { refreshVersion } from '../../../../src/learning/training/publication/refresh.ts';
import { shippedDetector } from '../../../../src/registry/detector/local-detector.ts';
import { driftFeatures } from '../../../../src/registry/drift/reference-histograms.ts';
import { FileRegistry } from '../../../../src/registry/file-registry.ts';
import { utkFraming, type Framing } from '../../../../src/registry/framing.ts';
import { openLocalModel } from '../../../../src/registry/loading/local-model.ts';
import type { Manifest } from '../../../../src/registry/manifest.ts';
import { DriftWindow } from '../../../../src/serving/drift/drift-window.ts';
import { exampleManifest, fileEntry } from '../../../support/models/example-manifest.ts';
import { writeFaceVersion } from '../../../support/models/face-network.ts';
import { createModelFolder, type ModelFolder } from '../../../support/models/model-folder.ts';
import { openTestDataset } from '../../../support/models/open-test-dataset.ts';
import { writeTinyArtifact } from '../../../support/models/tiny-artifact.ts';

const weights = Buffer.from('any other file of the network');

let drawings: string;
let dataset: Dataset;
beforeAll(async () => {
  drawings = await mkdtemp(path.join(tmpdir(), 'refresh-framing-'));
  await drawDataset(path.join(drawings, 'faces'), { train: 4, val: 44 });
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

const describedFaces = () =>
  describeDataset([{ name: 'faces', weight: 1, license: undefined, dataset }], 'val');

/** Writes version 3 with a real network. */
async function writeThird(about: Partial<Manifest> = {}): Promise<Manifest> {
  const tiny = await writeTinyArtifact(folder, 3);
  await folder.write('3/weights.bin', weights);
  const files = [...tiny.files, fileEntry('weights.bin', weights)];
  const manifest = {
    ...tiny,
    dataset: describedFaces(),
    ...about,
    files,
  };
  await folder.write('3/manifest.json', JSON.stringify(manifest));
  return manifest;
}

async function refresh() {
  const source = await registry.fetchArtifact('face-age', 3);
  const options = { source, dataset, newData: false, gitCommit: null };
  const { version } = await refreshVersion(registry, options);
  return registry.fetchArtifact('face-age', version);
}

/** The photos with their faces found and aligned. */
async function framedDataset() {
  const faces = {
    detectorFolder: shippedDetector(1),
    detectorSha256: utkFraming.detector.sha256,
    points: utkFraming.points,
  };
  const { preprocess: spec } = exampleManifest();
  const [data, cache] = ['faces', 'cache'].map((name) => path.join(drawings, name));
  const { dataset: framed } = await openTestDataset(data!, cache!, { spec, framing: faces });
  return { dataset: framed, faces };
}

/** Yields the answers of the service, which finds the largest face in each photo. */
async function* servedPhotos(version: number, photos: readonly DatasetPhoto[]) {
  const config = readConfig({ MODEL_REGISTRY: folder.root });
  const batching = { maxSize: 1, maxWaitMs: 0, queueMaxImages: 1 };
  const { model, metrics, close } = await openLocalModel(String(version), config, batching);
  const estimator = new PhotoEstimator({ preprocess, metrics, maxPixels: 1_000_000 });
  const { signal } = new AbortController();
  for (const photo of photos) {
    const queue = model.batcher.reserve(1);
    const context = { model, queue, signal, deadlineAtMs: Infinity };
    yield await estimator.estimate({ bytes: await dataset.fileOf(photo) }, context, 'largest');
    queue.release();
  }
  await close();
}

describe('the framing of a refreshed version', () => {
  it('stays, and so do its second output and its sources', async () => {
    const face = { threshold: 0.4 };
    const sources = [{ name: 'drawn', license: 'none', photos: 6, weight: 1 }];
    const about = { framing: utkFraming, face, sources, dataset: describedFaces() };
    await writeFaceVersion(folder, 3, about);
    const { manifest } = await refresh();
    expect(manifest).toMatchObject({ framing: utkFraming, face, sources });
    await writeThird();
    expect((await refresh()).manifest.framing).toEqual({ kind: 'as-sent' });
  });

  it('changes after both were measured, and the registry gets the detector', async () => {
    await writeThird();
    const source = await registry.fetchArtifact('face-age', 3);
    const measured: Framing[] = [];
    const measure = (framing: Framing) =>
      Promise.resolve({ photos: 60, answered: 59, mae: 5 - measured.push(framing) });
    const change = { framing: utkFraming, measure };
    const options = { source, dataset, newData: false, gitCommit: null, framing: change };
    const { version, framing } = await refreshVersion(registry, options);
    expect(measured).toEqual([{ kind: 'as-sent' }, utkFraming]);
    expect(framing.measured).toMatchObject({ before: { mae: 4 }, after: { mae: 3 } });
    expect((await registry.readManifest('face-age', version)).framing).toEqual(utkFraming);
    expect(await registry.listDetectors()).toMatchObject([{ version: 1 }]);
  });

  it('decides on what everything is measured: on the faces that a server finds', async () => {
    const before = await writeThird();
    const framed = await framedDataset();
    const source = await registry.fetchArtifact('face-age', 3);
    const options = { source, ...framed, newData: false, gitCommit: null };
    const framing = { framing: utkFraming };
    const { version } = await refreshVersion(registry, { ...options, framing });
    const { manifest, directory } = await registry.fetchArtifact('face-age', version);
    expect(manifest).toMatchObject({ framing: utkFraming, dataset: before.dataset! });
    const { reference, golden } = manifest;
    expect(Object.keys(reference)).toEqual([...driftFeatures]);
    const photos = framed.dataset.photosOf('val');
    expect(manifest.metrics.count).toBe(photos.length);
    expect(reference.no_face_share!.counts).toEqual([photos.length, 44 - photos.length]);
    const window = new DriftWindow(reference, photos.length);
    for await (const photo of servedPhotos(version, photos)) window.add(photo, 0);
    const indices = window.indices();
    expect(indices).toHaveLength(driftFeatures.length - 1);
    for (const { psi } of indices) expect(psi).toBe(0);
    expect(golden[0]!.pixels).not.toBe((await refresh()).manifest.golden[0]!.pixels);
    const card = await readFile(path.join(directory, 'MODEL_CARD.md'), 'utf8');
    expect(card).toContain('The largest face was found in each photo and aligned');
  });

  it('measures a version on the validation photos with and without finding faces', async () => {
    const manifest = await writeThird();
    const { directory } = await registry.fetchArtifact('face-age', 3);
    const graph = await readFile(path.join(directory, 'model.onnx'));
    const { dataset: framed } = await framedDataset();
    const asSent = await measureFraming(graph, manifest, dataset);
    expect(asSent).toMatchObject({ photos: 44, answered: 44 });
    const found = await measureFraming(graph, manifest, framed);
    expect(found).toMatchObject({ photos: 44, answered: framed.photosOf('val').length });
    expect(found.mae).not.toBe(asSent.mae);
  });

  it('is not published if it cannot be measured', async () => {
    await writeThird();
    const source = await registry.fetchArtifact('face-age', 3);
    const measure = () => Promise.reject(new Error('no photo has a face'));
    const framing = { framing: utkFraming, measure };
    const options = { source, dataset, newData: false, gitCommit: null, framing };
    await expect(refreshVersion(registry, options)).rejects.toThrow('no photo has a face');
    expect(await registry.listVersions('face-age')).toEqual([3]);
  });
});

it('a refresh does not need a file that is only there to train, but refuses a damaged one', async () => {
  const manifest = await writeThird();
  const files = manifest.files.map((file) =>
    file.path === 'weights.bin' ? { ...file, role: 'train' as const } : file,
  );
  await folder.write('3/manifest.json', JSON.stringify({ ...manifest, files }));
  await folder.write('3/weights.bin', weights.toReversed());
  await expect(refresh()).rejects.toThrow(/weights\.bin has SHA-256/);
  await rm(path.join(folder.root, 'face-age/3/weights.bin'));
  const { manifest: refreshed } = await refresh();
  expect(refreshed.files.map(({ path: file, role }) => [file, role])).toEqual([
    ['model.onnx', undefined],
    ['training-photos.bin', 'train'],
    ['metrics.json', 'report'],
    ['report.html', 'report'],
    ['MODEL_CARD.md', 'report'],
  ]);
});
