import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EngineArtifact } from '../../../src/inference/engine/engine.ts';
import { createOnnxEngine } from '../../../src/inference/engine/onnx-engine.ts';
import { createTensorFlowEngine } from '../../../src/inference/engine/tensorflow-engine.ts';
import type { TensorFlow } from '../../../src/inference/engine/tensorflow-runtime.ts';
import {
  architectureOf,
  type ArchitectureName,
} from '../../../src/learning/networks/architectures.ts';
import {
  nativeTensorFlow as tf,
  withoutTensorFlow,
} from '../../support/models/native-tensorflow.ts';
import { exportOnnx } from '../../../src/learning/onnx/export.ts';

const SIDE = 48;
const OUTPUTS = 101;
const TOLERANCE = 1e-4;

const directories: string[] = [];

/** An untrained network; batch normalizations get statistics that reveal faulty folding. */
async function writeArtifact(name: ArchitectureName, tf: TensorFlow): Promise<EngineArtifact> {
  const directory = await mkdtemp(path.join(tmpdir(), 'engines-'));
  directories.push(directory);
  const model = architectureOf(name).build(tf, {
    width: SIDE,
    height: SIDE,
    outputs: OUTPUTS,
    seed: 5,
  });
  for (const layer of model.layers.filter((each) => each.getClassName() === 'BatchNormalization')) {
    layer.setWeights(
      layer.getWeights().map((w, seed) => tf.randomUniform(w.shape, 0.6, 1.4, 'float32', seed)),
    );
  }
  await model.save(`file://${directory}`);
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const onnx = exportOnnx(artifacts, {
        outputName: 'age_distribution',
      });
      await writeFile(path.join(directory, 'model.onnx'), onnx);
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  model.dispose();
  return { directory, width: SIDE, height: SIDE, mean: 0.45, std: 0.25, outputLength: OUTPUTS };
}

function noise(count: number): Uint8Array {
  let state = 12345;
  return Uint8Array.from({ length: count * SIDE * SIDE }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

afterAll(() => Promise.all(directories.map((each) => rm(each, { recursive: true }))));

describe.skipIf(tf === undefined)(`onnxruntime and tensorflow${withoutTensorFlow}`, () => {
  it.each(['residual', 'plain'] as const)('agree to 1e-4 on a %s network', async (name) => {
    const artifact = await writeArtifact(name, tf!);
    const onnxruntime = await createOnnxEngine({ threads: 1 }).load(artifact);
    const tensorflow = await createTensorFlowEngine({ device: 'auto' }).load(artifact);
    for (const count of [1, 3, 8]) {
      const ours = await onnxruntime.run(noise(count), count);
      const theirs = await tensorflow.run(noise(count), count);
      expect(ours).toHaveLength(count * OUTPUTS);
      const differences = ours.map((value, index) => Math.abs(value - theirs[index]!));
      expect(Math.max(...differences)).toBeLessThan(TOLERANCE);
      expect(Math.max(...ours) - Math.min(...ours)).toBeGreaterThan(10 * TOLERANCE);
    }
    await Promise.all([onnxruntime.dispose(), tensorflow.dispose()]);
  });
});

describe.skipIf(tf === undefined)(`tensorflow${withoutTensorFlow}`, () => {
  it('keeps no tensor of a batch or of a disposed network', async () => {
    const artifact = await writeArtifact('residual', tf!);
    const before = tf!.memory().numTensors;
    const model = await createTensorFlowEngine({ device: 'auto' }).load(artifact);
    const loaded = tf!.memory().numTensors;
    await model.run(noise(2), 2);
    await model.run(noise(4), 4);
    await expect(model.run(noise(2), 3)).rejects.toThrow('pixels for 3 images');
    expect(tf!.memory().numTensors).toBe(loaded);
    await model.dispose();
    await model.dispose();
    expect(tf!.memory().numTensors).toBe(before);
  });
});
