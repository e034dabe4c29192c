import { rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { tensorflow } from '../../../src/inference/engine/tensorflow-runtime.ts';
import { residual } from '../../../src/learning/networks/residual.ts';
import { completeRecipe } from '../../../src/learning/training/recipe.ts';
import {
  WarmStartError,
  fineTuning,
  readSavedWeights,
  weightsFor,
  type SavedWeight,
} from '../../../src/learning/training/warm-start.ts';
import { artifactsOf, loadJavaScriptTensorFlow, randomizeWeights } from '../onnx/agreement.ts';
import { writeTinyNetwork } from '../../support/models/tiny-network.ts';

/** A fake network that has only weight shapes. */
function networkOf(...shapes: number[][]): tensorflow.LayersModel {
  const weights = shapes.map((shape, index) => ({ shape, originalName: `layer${index}/kernel` }));
  return { weights } as unknown as tensorflow.LayersModel;
}

describe('the saved weights of a version', () => {
  let directory: string;
  beforeEach(async () => {
    ({ directory } = await writeTinyNetwork());
  });
  afterEach(() => rm(directory, { recursive: true }));
  const file = (name: string) => path.join(directory, name);

  it('are read for a network with the same shapes', async () => {
    const [kernel, bias] = weightsFor(networkOf([16, 3], [3]), await readSavedWeights(directory));
    expect([...kernel!.slice(0, 3)]).toEqual([0, 1, 2].map((at) => Math.fround(Math.sin(at) / 2)));
    expect([...bias!]).toEqual([48, 49, 50].map((at) => Math.fround(Math.sin(at) / 2)));
  });

  it('are rejected for a different network, naming the first mismatch', async () => {
    const saved = await readSavedWeights(directory);
    const start =
      (...shapes: number[][]) =>
      () =>
        weightsFor(networkOf(...shapes), saved);
    expect(start([16, 4], [4])).toThrow(WarmStartError);
    expect(start([16, 4], [4])).toThrow(
      /the network is different: it has 2 weights, not 2; .* is 16×3, expected 16×4/,
    );
    expect(start([16, 3], [3], [3])).toThrow(/2 weights, not 3/);
    expect(start([16, 3])).toThrow(/2 weights, not 1/);
  });

  it('cannot be read if a file is missing, truncated, or quantized', async () => {
    await truncate(file('weights.bin'), 100);
    await expect(readSavedWeights(directory)).rejects.toThrow(
      /cannot be read: weights\.bin has 100 bytes, but model\.json describes 204/,
    );
    const spec = { name: 'a', shape: [1], dtype: 'float32', quantization: { dtype: 'uint8' } };
    const manifest = { weightsManifest: [{ weights: [spec] }] };
    await writeFile(file('model.json'), JSON.stringify(manifest));
    await expect(readSavedWeights(directory)).rejects.toThrow(WarmStartError);
    await expect(readSavedWeights(directory)).rejects.toThrow(/quantized weights cannot be/);
    await rm(file('model.json'));
    await expect(readSavedWeights(directory)).rejects.toThrow(/ENOENT/);
  });
});

describe('a network with a face output', async () => {
  const tf = await loadJavaScriptTensorFlow();
  const build = (faceOutput: boolean, seed: number) => {
    const stages = [{ channels: 5, blocks: 1 }];
    const small = { width: 12, height: 12, outputs: 4, stemChannels: 3, stages };
    return residual(tf, { ...small, faceOutput, seed });
  };
  const savedFrom = async (model: tensorflow.LayersModel): Promise<SavedWeight[]> => {
    const { weightSpecs } = await artifactsOf(tf, model);
    const specs = weightSpecs as { name: string; shape: number[] }[];
    return specs.map(({ name, shape }, index) => ({
      ...{ name, shape },
      values: model.getWeights()[index]!.dataSync<'float32'>().slice(),
    }));
  };
  const namesOf = (model: tensorflow.LayersModel) =>
    model.weights.map(({ originalName }) => originalName);

  it('starts from a version without it, whose weights it takes, and keeps its own for that output', async () => {
    const parent = build(false, 1);
    randomizeWeights(tf, parent);
    const saved = await savedFrom(parent);
    const child = build(true, 2);
    const before = child.getWeights().map((weight) => [...weight.dataSync()]);
    const weights = weightsFor(child, saved);
    expect(namesOf(child).filter((name) => !namesOf(parent).includes(name))).toEqual([
      'face/kernel',
      'face/bias',
    ]);
    namesOf(child).forEach((name, index) => {
      const inParent = saved.find((weight) => weight.name === name);
      expect([...weights[index]!], name).toEqual([...(inParent?.values ?? before[index]!)]);
    });
  });

  it('takes all weights of a version that has it', async () => {
    const parent = build(true, 1);
    randomizeWeights(tf, parent);
    const saved = await savedFrom(parent);
    expect(weightsFor(build(true, 2), saved)).toEqual(saved.map(({ values }) => values));
  });

  it('cannot give its weights to a network without it', async () => {
    const saved = await savedFrom(build(true, 1));
    expect(() => weightsFor(build(false, 2), saved)).toThrow(WarmStartError);
  });
});

describe('fineTuning', () => {
  const parent = completeRecipe({
    epochs: 72,
    learningRate: { peak: 0.004 },
    network: { stemChannels: 16 },
    optimizer: { weightDecay: 0.3 },
    resolutions: [{ untilShare: 0.5, side: 80 }],
    distillation: { teachers: ['models/face-age/2'] },
  });

  it("keeps the parent's network with fewer epochs, a tenth of its learning rate, and no teachers", () => {
    expect(completeRecipe(fineTuning(parent))).toEqual({
      ...parent,
      epochs: 10,
      learningRate: { ...parent.learningRate, peak: 0.0004 },
      resolutions: [],
      distillation: null,
    });
  });
});
