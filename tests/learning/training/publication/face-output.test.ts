import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMetrics } from '../../../../src/common/metrics/metrics.ts';
import { drawDataset } from '../../../../src/drawing/draw-dataset.ts';
import type { Engine } from '../../../../src/inference/engine/engine.ts';
import { createOnnxEngine } from '../../../../src/inference/engine/onnx-engine.ts';
import { createTensorFlowEngine } from '../../../../src/inference/engine/tensorflow-engine.ts';
import type { tensorflow } from '../../../../src/inference/engine/tensorflow-runtime.ts';
import type { FaceOutput } from '../../../../src/inference/head/face-output.ts';
import { defaultPreprocessSpec as spec } from '../../../../src/inference/preprocess/spec.ts';
import type { Dataset } from '../../../../src/learning/dataset/dataset.ts';
import { createPhotoSet } from '../../../../src/learning/training/batches/photo-set.ts';
import { buildNetwork } from '../../../../src/learning/training/network.ts';
import { refreshVersion } from '../../../../src/learning/training/publication/refresh.ts';
import {
  faceOutputOf,
  writeVersion,
} from '../../../../src/learning/training/publication/write-trained.ts';
import { completeRecipe } from '../../../../src/learning/training/recipe.ts';
import { validate, validationPhotosOf } from '../../../../src/learning/training/validation.ts';
import { FileRegistry } from '../../../../src/registry/file-registry.ts';
import { createModelLoader } from '../../../../src/registry/loading/model-loader.ts';
import type { PrecisionSetting } from '../../../../src/registry/loading/precision.ts';
import type { Manifest } from '../../../../src/registry/manifest.ts';
import type { LocalArtifact } from '../../../../src/registry/registry.ts';
import { withoutTensorFlow } from '../../../support/models/native-tensorflow.ts';
import { openTestDataset } from '../../../support/models/open-test-dataset.ts';
import { loadJavaScriptTensorFlow, randomizeWeights } from '../../onnx/agreement.ts';

const tf = await loadJavaScriptTensorFlow();
const network = {
  stemChannels: 4,
  stages: [
    { channels: 6, blocks: 1 },
    { channels: 8, blocks: 1 },
  ],
};
const recipe = completeRecipe({ network: { ...network, faceOutput: true }, negatives: {} });
const VALIDATION_PHOTOS = 12;

let folder: string;
let registry: FileRegistry;
let dataset: Dataset;
let model: tensorflow.LayersModel;
let published: LocalArtifact;

async function write(network: tensorflow.LayersModel, face?: FaceOutput): Promise<LocalArtifact> {
  const { version } = await writeVersion(tf, registry, {
    model: network,
    answers: 'age-distribution',
    preprocess: spec,
    validation: validationPhotosOf(dataset, 'val'),
    trainedOn: createPhotoSet(dataset, dataset.photosOf('train')),
    about: {
      ...{ name: 'face-age', parent: null, gitCommit: null, architecture: 'residual' },
      ...{ dataset: null, training: null, license: 'for tests' },
      ...(face && { face }),
    },
  });
  return registry.fetchArtifact('face-age', version);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'face-output-'));
  registry = new FileRegistry(path.join(folder, 'models'));
  await drawDataset(path.join(folder, 'faces'), { train: 10, val: VALIDATION_PHOTOS });
  ({ dataset } = await openTestDataset(path.join(folder, 'faces'), path.join(folder, 'cache'), {
    spec,
  }));
  model = buildNetwork(tf, recipe, spec.width);
  randomizeWeights(tf, model);
  published = await write(model, { threshold: 0.35 });
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const load = (engine: Engine, precision: PrecisionSetting) =>
  createModelLoader({
    registry,
    modelName: 'face-age',
    engine,
    batching: { maxSize: 2, maxWaitMs: 0, queueMaxImages: 2 },
    precision,
    metrics: createMetrics(),
  })({ alias: 'test', version: published.manifest.version }, new AbortController().signal);

const rowsOf = ({ golden, int8 }: Manifest) =>
  [...golden, ...int8!.golden].map(({ output }) => output);

describe('a version whose network outputs the face probability', () => {
  it('has its threshold, and the probability behind the ages of each golden sample', () => {
    expect(published.manifest.face).toEqual({ threshold: 0.35 });
    expect(published.manifest.metrics.count).toBe(VALIDATION_PHOTOS);
    const rows = rowsOf(published.manifest);
    expect(rows).toHaveLength(8);
    for (const row of rows) {
      expect(row).toHaveLength(102);
      expect(row.slice(0, 101).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
    }
    const [fp32, int8] = [rows.slice(0, 4), rows.slice(4)];
    fp32.forEach((row, index) =>
      expect(Math.abs(row[101]! - int8[index]![101]!)).toBeLessThan(0.05),
    );
    expect(new Set(fp32.map((row) => row[101]!.toFixed(5))).size).toBeGreaterThan(1);
  });

  it.each([
    { engine: 'onnxruntime', precision: 'fp32', start: () => createOnnxEngine({ threads: 1 }) },
    { engine: 'onnxruntime', precision: 'int8', start: () => createOnnxEngine({ threads: 1 }) },
  ] as const)(
    'reproduces its golden samples in $engine as $precision',
    async ({ start, precision }) => {
      const loaded = await load(start(), precision);
      expect(loaded.precision.precision).toBe(precision);
      await loaded.dispose();
    },
  );

  it.skipIf(withoutTensorFlow !== '')(
    `reproduces its golden samples in TensorFlow${withoutTensorFlow}`,
    async () => {
      const loaded = await load(createTensorFlowEngine({ device: 'cpu' }), 'fp32');
      expect(loaded.engine.name).toBe('tensorflow');
      await loaded.dispose();
    },
  );

  it('keeps both when it is refreshed', async () => {
    const source = published;
    const { version } = await refreshVersion(registry, {
      ...{ source, dataset, newData: true, gitCommit: null },
    });
    const { manifest } = await registry.fetchArtifact('face-age', version);
    expect(manifest.face).toEqual({ threshold: 0.35 });
    expect(rowsOf(manifest)).toEqual(rowsOf(published.manifest));
  });

  it('takes the threshold of the version that it was trained from, or else 0.5', () => {
    const faceOf = (parent: LocalArtifact | null, face?: FaceOutput) => {
      const origin = { parent, runId: undefined, framing: { kind: 'as-sent' as const } };
      return faceOutputOf({ recipe, origin, face });
    };
    expect(faceOf(published)).toEqual({ face: { threshold: 0.35 } });
    expect(faceOf(null)).toEqual({ face: { threshold: 0.5 } });
    expect(faceOf(published, { threshold: 0.2 })).toEqual({ face: { threshold: 0.2 } });
    const origin = { parent: published, runId: undefined, framing: { kind: 'as-sent' as const } };
    expect(faceOutputOf({ recipe: completeRecipe({}), origin })).toEqual({});
  });

  it('is validated by its ages alone, which are those of the same network without it', async () => {
    const plainRecipe = completeRecipe({ network });
    const without = buildNetwork(tf, plainRecipe, spec.width);
    for (const layer of without.layers) layer.setWeights(model.getLayer(layer.name).getWeights());
    const validation = createPhotoSet(dataset, dataset.photosOf('val'));
    const options = { ...spec, answers: 'age-distribution' as const };
    expect(validate(tf, model, validation, options)).toEqual(
      validate(tf, without, validation, options),
    );
    const { manifest } = await write(without);
    expect(manifest.face).toBeUndefined();
    expect(manifest.head).toEqual(published.manifest.head);
    expect(manifest.metrics).toEqual(published.manifest.metrics);
  });
});
