import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/common/metrics/metrics.ts';
import type { Engine } from '../../../src/inference/engine/engine.ts';
import { createOnnxEngine } from '../../../src/inference/engine/onnx-engine.ts';
import { createTensorFlowEngine } from '../../../src/inference/engine/tensorflow-engine.ts';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import type { LoadedModel } from '../../../src/registry/loading/loaded-model.ts';
import { createModelLoader } from '../../../src/registry/loading/model-loader.ts';
import { AGES, exampleManifest, SIDE } from '../../support/models/example-manifest.ts';
import { faceNetworkOutput, writeFaceVersion } from '../../support/models/face-network.ts';
import { createModelFolder, type ModelFolder } from '../../support/models/model-folder.ts';
import { withoutTensorFlow } from '../../support/models/native-tensorflow.ts';
import { writeTinyArtifact } from '../../support/models/tiny-artifact.ts';

let folder: ModelFolder;
beforeEach(async () => {
  folder = await createModelFolder();
});
afterEach(() => folder.remove());

function load(engine: Engine = createOnnxEngine({ threads: 1 })): Promise<LoadedModel> {
  const loadModel = createModelLoader({
    registry: new FileRegistry(folder.root),
    modelName: 'face-age',
    engine,
    batching: { maxSize: 2, maxWaitMs: 0, queueMaxImages: 4 },
    metrics: createMetrics(),
  });
  return loadModel({ alias: 'production', version: 1 }, new AbortController().signal);
}

async function answersOf(
  { batcher }: LoadedModel,
  levels: readonly number[],
): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  const slots = batcher.reserve(levels.length);
  for (const level of levels) {
    const { output } = await slots.submit(new Uint8Array(SIDE * SIDE).fill(level));
    outputs.push(output.slice());
  }
  slots.release();
  return outputs;
}

describe('a version with a face output', () => {
  it.each([
    { name: 'onnxruntime', start: () => createOnnxEngine({ threads: 1 }), skips: false },
    {
      name: `tensorflow${withoutTensorFlow}`,
      start: () => createTensorFlowEngine({ device: 'cpu' }),
      skips: withoutTensorFlow !== '',
    },
  ])(
    'is verified and answers in $name, each picture with its own face probability',
    async ({ start, skips }) => {
      if (skips) return;
      await writeFaceVersion(folder, 1);
      const model = await load(start());
      const levels = [30, 200];
      const outputs = await answersOf(model, levels);
      for (const [index, output] of outputs.entries()) {
        const expected = faceNetworkOutput(levels[index]!, 30);
        expect(output).toHaveLength(AGES + 1);
        output.forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 4));
      }
      await model.dispose();
    },
  );

  it('is refused where its face probability differs from the golden sample', async () => {
    const { golden } = await writeFaceVersion(folder, 1);
    const [first, ...others] = golden;
    const output = first!.output.with(-1, first!.output.at(-1)! + 2e-4);
    await writeFaceVersion(folder, 1, { golden: [{ ...first!, output }, ...others] });
    await expect(load()).rejects.toThrow(/golden sample 0 differs by 2\.0e-4/);
  });

  it('is refused where the manifest does not name that output', async () => {
    const { golden } = await writeFaceVersion(folder, 1);
    const withoutFace = golden.map((sample) => ({ ...sample, output: sample.output.slice(0, -1) }));
    await writeFaceVersion(folder, 1, { face: undefined, golden: withoutFace });
    await expect(load()).rejects.toThrow(/returned 102 values for 1 images, expected 101/);
  });

  it('is refused where the network does not have the output that the manifest names', async () => {
    const manifest = await writeTinyArtifact(folder, 1);
    const golden = manifest.golden.map((sample) => ({
      ...sample,
      output: [...sample.output, 0.5],
    }));
    const withFace = { ...exampleManifest(), ...manifest, face: { threshold: 0.5 }, golden };
    await folder.write('1/manifest.json', JSON.stringify(withFace));
    await expect(load()).rejects.toThrow(/returned 101 values for 1 images, expected 102/);
  });
});
