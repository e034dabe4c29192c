import { decadeBuckets } from '../../../src/inference/head/buckets.ts';
import { exportOnnx } from '../../../src/learning/onnx/export.ts';
import type { Manifest } from '../../../src/registry/manifest.ts';
import { SIDE, exampleManifest, fileEntry } from './example-manifest.ts';
import type { ModelFolder } from './model-folder.ts';
import { softmaxNetwork } from './softmax-network.ts';

const PIXELS = SIDE * SIDE;

/** Weight of every pixel for an output: brighter pictures give higher ages. */
const weightOf = (output: number, outputs: number) => (output - outputs / 2) / (40 * PIXELS);

type Bias = (output: number) => number;

/** A bias with which the predicted age is always about the given one. */
export const alwaysAbout =
  (age: number): Bias =>
  (output) =>
    -((output - age) ** 2) / 50;

/**
 * Writes a version that the onnxruntime engine can run: a softmax over weighted pixels.
 * @param bias returns the bias of each output; 0 by default
 */
export async function writeTinyArtifact(
  folder: ModelFolder,
  version = 1,
  head: Manifest['head'] = exampleManifest().head,
  bias: Bias = () => 0,
): Promise<Manifest> {
  const outputs = head.kind === 'buckets' ? head.buckets.length : head.maxAge + 1;
  const { modelTopology, weightSpecs } = softmaxNetwork(SIDE, outputs);
  const kernel = Array.from({ length: PIXELS * outputs }, (_, index) =>
    weightOf(index % outputs, outputs),
  );
  const biases = Array.from({ length: outputs }, (_, output) => bias(output));
  const weightData = Float32Array.from([...kernel, ...biases]).buffer;
  const onnx = exportOnnx(
    { modelTopology, weightSpecs, weightData },
    { outputName: head.kind === 'buckets' ? 'bucket_probabilities' : 'age_distribution' },
  );
  const manifest = exampleManifest({
    version,
    head,
    engines: ['onnxruntime'],
    files: [fileEntry('model.onnx', onnx)],
    golden: [goldenSample(biases)],
  });
  await folder.write(`${version}/model.onnx`, onnx);
  await folder.write(`${version}/manifest.json`, JSON.stringify(manifest));
  return manifest;
}

/** The head of a network that outputs only the ten decades. */
export const decadesHead: Manifest['head'] = { kind: 'buckets', buckets: [...decadeBuckets] };

function goldenSample(biases: readonly number[]): Manifest['golden'][number] {
  const pixels = Uint8Array.from({ length: PIXELS }, (_, index) => (index * 37) % 256);
  return {
    pixels: Buffer.from(pixels).toString('base64'),
    output: answerByHand(pixels, biases),
    tolerance: { onnxruntime: 1e-4 },
  };
}

/** Computes the network in double precision, with the mean and standard deviation of the example manifest. */
function answerByHand(pixels: Uint8Array, biases: readonly number[]): number[] {
  const { mean, std } = exampleManifest().preprocess;
  const sum = pixels.reduce((total, level) => total + (level / 255 - mean) / std, 0);
  const powers = biases.map((bias, output) =>
    Math.exp(sum * weightOf(output, biases.length) + bias),
  );
  const total = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / total);
}
