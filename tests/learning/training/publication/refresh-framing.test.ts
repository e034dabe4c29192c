import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drawDataset } from '../../../../src/drawing/draw-dataset.ts';
import type { Dataset } from '../../../../src/learning/dataset/dataset.ts';
import { describeDataset } from '../../../../src/learning/training/publication/dataset-description.ts';
import { refreshVersion } from '../../../../src/learning/training/publication/refresh.ts';
import { FileRegistry } from '../../../../src/registry/file-registry.ts';
import { utkFraming, type Framing } from '../../../../src/registry/framing.ts';
import type { Manifest } from '../../../../src/registry/manifest.ts';
import { exampleManifest, fileEntry } from '../../../support/models/example-manifest.ts';
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

/** Writes version 3 with a real network. */
async function writeThird(about: Partial<Manifest> = {}): Promise<Manifest> {
  const tiny = await writeTinyArtifact(folder, 3);
  await folder.write('3/weights.bin', weights);
  const files = [...tiny.files, fileEntry('weights.bin', weights)];
  const manifest = { ...tiny, dataset: describeDataset(dataset, 'val'), ...about, files };
  await folder.write('3/manifest.json', JSON.stringify(manifest));
  return manifest;
}

async function refresh() {
  const source = await registry.fetchArtifact('face-age', 3);
  const options = { source, dataset, newData: false, gitCommit: null };
  const { version } = await refreshVersion(registry, options);
  return registry.fetchArtifact('face-age', version);
}

describe('the framing of a refreshed version', () => {
  it('stays, and so do its second output and its sources', async () => {
    const face = { threshold: 0.4 };
    const sources = [{ name: 'drawn', license: 'none', photos: 6, weight: 1 }];
    await writeThird({ framing: utkFraming, face, sources });
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
