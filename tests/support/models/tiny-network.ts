import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EngineArtifact } from '../../../src/inference/engine/engine.ts';
import { exportOnnx } from '../../../src/learning/onnx/export.ts';
import { softmaxNetwork } from './softmax-network.ts';

const SIDE = 4;
const OUTPUTS = 3;

/** Handwritten weights of a softmax over three weighted sums of 4 × 4 pixels. */
const weights = Float32Array.from(
  { length: SIDE * SIDE * OUTPUTS + OUTPUTS },
  (_, index) => Math.sin(index) / 2,
);

const { modelTopology, weightSpecs } = softmaxNetwork(SIDE, OUTPUTS);

/** Writes an artifact that both engines can load to a new folder. */
export async function writeTinyNetwork(): Promise<EngineArtifact> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tiny-network-'));
  const weightData = weights.buffer;
  const artifacts = { modelTopology, weightSpecs, weightData };
  const onnx = exportOnnx(artifacts, { outputName: 'bucket_probabilities' });
  const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
  const json = JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest });
  await Promise.all([
    writeFile(path.join(directory, 'model.onnx'), onnx),
    writeFile(path.join(directory, 'model.json'), json),
    writeFile(path.join(directory, 'weights.bin'), Buffer.from(weightData)),
  ]);
  return { directory, width: SIDE, height: SIDE, mean: 0.5, std: 0.25, outputLength: OUTPUTS };
}

export const tinyPixels = (count: number, seed = 0): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: count * SIDE * SIDE }, (_, index) => ((index + seed) * 37) % 256);

/** Computes the network without an engine. */
export function tinyAnswers(pixels: Uint8Array): number[] {
  const rows: number[] = [];
  for (let start = 0; start < pixels.length; start += SIDE * SIDE) {
    const image = pixels.subarray(start, start + SIDE * SIDE);
    const logits = Array.from({ length: OUTPUTS }, (_, output) =>
      image.reduce(
        (sum, level, pixel) =>
          sum + ((level / 255 - 0.5) / 0.25) * weights[pixel * OUTPUTS + output]!,
        weights[SIDE * SIDE * OUTPUTS + output]!,
      ),
    );
    const exponentials = logits.map((logit) => Math.exp(logit));
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    rows.push(...exponentials.map((value) => value / total));
  }
  return rows;
}
