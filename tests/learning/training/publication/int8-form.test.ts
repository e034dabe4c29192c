import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../../src/learning/dataset/dataset.ts';
import { drawDataset } from '../../../../src/drawing/draw-dataset.ts';
import { createOnnxEngine } from '../../../../src/inference/engine/onnx-engine.ts';
import { verifyArtifact } from '../../../../src/registry/loading/verify-artifact.ts';
import { createModelLoader } from '../../../../src/registry/loading/model-loader.ts';
import { createMetrics } from '../../../../src/common/metrics/metrics.ts';
import { FileRegistry } from '../../../../src/registry/file-registry.ts';
import { parseManifest } from '../../../../src/registry/manifest.ts';
import type { LocalArtifact } from '../../../../src/registry/registry.ts';
import { centralInterval } from '../../../../src/inference/head/interval.ts';
import { defaultPreprocessSpec as spec } from '../../../../src/inference/preprocess/spec.ts';
import { refreshVersion } from '../../../../src/learning/training/publication/refresh.ts';
import { openTestDataset } from '../../../support/models/open-test-dataset.ts';

const VALIDATION_PHOTOS = 30;

let folder: string;
let registry: FileRegistry;
let dataset: Dataset;
let refreshed: LocalArtifact;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'int8-form-'));
  await cp('models/face-age/4', path.join(folder, 'models/face-age/4'), { recursive: true });
  registry = new FileRegistry(path.join(folder, 'models'));
  await drawDataset(path.join(folder, 'faces'), { train: 40, val: VALIDATION_PHOTOS });
  const cache = path.join(folder, 'cache');
  ({ dataset } = await openTestDataset(path.join(folder, 'faces'), cache, { spec }));
  const source = await registry.fetchArtifact('face-age', 4);
  const without = { ...source, manifest: { ...source.manifest, int8: undefined } };
  await refreshVersion(registry, { source: without, dataset, newData: true, gitCommit: null });
  refreshed = await registry.fetchArtifact('face-age', 5);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a published version whose graph was exported by this project', () => {
  it('has an 8-bit form that is evaluated on the same photos', async () => {
    await verifyArtifact(refreshed);
    const { int8, metrics, golden, schemaVersion } = refreshed.manifest;
    expect(schemaVersion).toBe(4);
    expect(int8).toMatchObject({ file: 'model.int8.onnx' });
    expect(int8!.golden).toHaveLength(golden.length);
    expect(int8!.metrics.count).toBe(VALIDATION_PHOTOS);
    expect(int8!.maeCost).toBeCloseTo(int8!.metrics.mae! - metrics.mae!, 9);
    expect(Math.abs(int8!.maeCost)).toBeLessThan(1);
  });

  it('describes the 8-bit form in its model card', async () => {
    const card = await readFile(path.join(refreshed.directory, 'MODEL_CARD.md'), 'utf8');
    expect(card).toMatch(/Quantized to 8 bits in `model\.int8\.onnx`: MAE \d+\.\d+ years/);
  });

  it.each(['fp32', 'int8'] as const)('loads as %s in the serving engine', async (precision) => {
    const load = createModelLoader({
      registry,
      modelName: 'face-age',
      engine: createOnnxEngine({ threads: 1 }),
      batching: { maxSize: 2, maxWaitMs: 0, queueMaxImages: 2 },
      precision,
      metrics: createMetrics(),
    });
    const model = await load({ alias: 'test', version: 5 }, new AbortController().signal);
    expect(model.precision).toEqual({ precision, reason: `PRECISION=${precision}` });
    await model.dispose();
  });

  it('gets a new 8-bit form in the next refresh', async () => {
    await refreshVersion(registry, { source: refreshed, dataset, newData: false, gitCommit: null });
    const { manifest } = await registry.fetchArtifact('face-age', 6);
    const { golden } = refreshed.manifest.int8!;
    expect(manifest.files.filter(({ path: file }) => file === 'model.int8.onnx')).toHaveLength(1);
    expect(manifest.int8!.golden).toEqual(golden);
  });

  it('has no 8-bit form without a model.json', async () => {
    const { directory, manifest } = refreshed;
    const files = manifest.files.filter(({ path: file }) => file !== 'model.json');
    const source = { directory, manifest: { ...manifest, version: 7, files, int8: undefined } };
    const { version, int8 } = await refreshVersion(registry, {
      ...{ source, dataset, newData: false, gitCommit: null },
    });
    expect(int8).toBeUndefined();
    expect((await registry.readManifest('face-age', version)).int8).toBeUndefined();
  });
});

describe('a version that is calibrated on ranges of ages alone', () => {
  it('has figures of groups and an 8-bit form whose cost is in years outside of the ranges', async () => {
    const faces = path.join(folder, 'ranges');
    await drawDataset(faces, { train: 20, val: VALIDATION_PHOTOS });
    const table = path.join(faces, 'labels.csv');
    const exact = await readFile(table, 'utf8');
    const rangeOf = (age: number) => (age < 30 ? '0-29' : age < 60 ? '30-59' : '60+');
    await writeFile(
      table,
      exact.replaceAll(/,(\d+),(\d)$/gm, (_, age, sex) => `,${rangeOf(Number(age))},${sex}`),
    );
    const { dataset: ranges } = await openTestDataset(faces, path.join(folder, 'cache'), { spec });
    const source = await registry.fetchArtifact('face-age', 4);
    const options = { source, dataset: ranges, newData: true, gitCommit: null };
    const { version } = await refreshVersion(registry, options);
    const { manifest } = await registry.fetchArtifact('face-age', version);
    expect(manifest.metrics.rangeCount).toBe(VALIDATION_PHOTOS);
    expect(manifest.metrics.groupAccuracy).toBeGreaterThan(0.3);
    expect(manifest.metrics.mae).toBeUndefined();
    expect(manifest.head).toMatchObject({ interval: centralInterval });
    expect(Math.abs(manifest.int8!.maeCost)).toBeLessThan(1);
    expect(manifest.int8!.maeCost).not.toBe(0);
    const card = path.join(folder, 'models/face-age', String(version), 'MODEL_CARD.md');
    expect(await readFile(card, 'utf8')).toMatch(/model\.int8\.onnx`: group accuracy \d+\.\d %/);
  }, 60_000);
});

describe("a manifest's 8-bit form", () => {
  const text = (change: object) => JSON.stringify({ ...refreshed.manifest, ...change });

  it('is rejected if its graph is not among the files', () => {
    const files = refreshed.manifest.files.filter(({ path: file }) => file !== 'model.int8.onnx');
    expect(() => parseManifest(text({ files }))).toThrow(/must be one of the files/);
  });

  it('is rejected if the output for a golden sample is missing', () => {
    const int8 = { ...refreshed.manifest.int8, golden: [] };
    expect(() => parseManifest(text({ int8 }))).toThrow(/8-bit output for each golden sample/);
  });
});

describe('schema versions', () => {
  it('are accepted from version 2 on', () => {
    const rest = { ...refreshed.manifest, int8: undefined };
    expect(parseManifest(JSON.stringify({ ...rest, schemaVersion: 2 })).version).toBe(5);
    expect(() => parseManifest(JSON.stringify({ ...rest, schemaVersion: 1 }))).toThrow(
      'schemaVersion 1; this build reads 2, 3, 4',
    );
  });
});
