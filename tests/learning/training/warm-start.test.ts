import { rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { tensorflow } from '../../../src/inference/engine/tensorflow-runtime.ts';
import { completeRecipe } from '../../../src/learning/training/recipe.ts';
import {
  WarmStartError,
  fineTuning,
  readSavedWeights,
  weightsFor,
} from '../../../src/learning/training/warm-start.ts';
import { writeTinyNetwork } from '../../support/models/tiny-network.ts';

/** A fake network that has only weight shapes. */
function networkOf(...shapes: number[][]): tensorflow.LayersModel {
  return { weights: shapes.map((shape) => ({ shape })) } as unknown as tensorflow.LayersModel;
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
