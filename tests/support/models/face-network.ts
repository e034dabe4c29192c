import type { Manifest } from '../../../src/registry/manifest.ts';
import { exportOnnx } from '../../../src/learning/onnx/export.ts';
import { AGES, exampleManifest, fileEntry, SIDE } from './example-manifest.ts';
import type { ModelFolder } from './model-folder.ts';

const PIXELS = SIDE * SIDE;
/** The face probability is the sigmoid of the mean input times this. */
const STEEPNESS = 4;

const layer = (class_name: string, config: { name: string; [key: string]: unknown }, ...from: string[]) => ({
  class_name,
  name: config.name,
  config,
  inbound_nodes: from.length === 0 ? [] : [from.map((name) => [name, 0, 0, {}])],
});

/**
 * The tfjs topology of a network that outputs the same age for all pictures, and behind the ages that a picture is the
 * likelier a face the brighter it is. Its input are SIDE × SIDE pixels.
 */
const modelTopology = {
  class_name: 'Model',
  config: {
    name: 'bright_faces',
    layers: [
      layer('InputLayer', { name: 'pixels', batch_input_shape: [null, SIDE, SIDE, 1], dtype: 'float32' }),
      layer('Flatten', { name: 'flatten' }, 'pixels'),
      layer('Dense', { name: 'classifier', units: AGES, activation: 'softmax', use_bias: true }, 'flatten'),
      layer('Dense', { name: 'face', units: 1, activation: 'sigmoid', use_bias: true }, 'flatten'),
      layer('Concatenate', { name: 'outputs', axis: -1 }, 'classifier', 'face'),
    ],
    input_layers: [['pixels', 0, 0]],
    output_layers: [['outputs', 0, 0]],
  },
};

const weightSpecs = [
  { name: 'classifier/kernel', shape: [PIXELS, AGES], dtype: 'float32' },
  { name: 'classifier/bias', shape: [AGES], dtype: 'float32' },
  { name: 'face/kernel', shape: [PIXELS, 1], dtype: 'float32' },
  { name: 'face/bias', shape: [1], dtype: 'float32' },
];

const biasesOf = (age: number) =>
  Array.from({ length: AGES }, (_, year) => -((year - age) ** 2) / 50);

/** The raw output of the network for a picture of one gray level, computed in double precision. */
export function faceNetworkOutput(level: number, age: number): number[] {
  const { mean, std } = exampleManifest().preprocess;
  const powers = biasesOf(age).map((bias) => Math.exp(bias));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const face = 1 / (1 + Math.exp((-STEEPNESS * (level / 255 - mean)) / std));
  return [...powers.map((power) => power / total), face];
}

/** Writes a version whose network has a face output, for both engines. */
export async function writeFaceVersion(
  folder: ModelFolder,
  version: number,
  { age = 30, ...changes }: Partial<Manifest> & { age?: number } = {},
): Promise<Manifest> {
  const kernels = [new Array<number>(PIXELS * AGES).fill(0), new Array<number>(PIXELS).fill(STEEPNESS / PIXELS)];
  const weightData = Float32Array.from([...kernels[0]!, ...biasesOf(age), ...kernels[1]!, 0]).buffer;
  const files = {
    'model.onnx': exportOnnx({ modelTopology, weightSpecs, weightData }, { outputName: 'age_distribution' }),
    'model.json': Buffer.from(
      JSON.stringify({
        format: 'layers-model',
        modelTopology,
        weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
      }),
    ),
    'weights.bin': new Uint8Array(weightData),
  };
  const manifest = exampleManifest({
    version,
    face: { threshold: 0.4 },
    files: Object.entries(files).map(([file, content]) => fileEntry(file, content)),
    golden: [40, 220].map((level) => ({
      pixels: Buffer.from(new Uint8Array(PIXELS).fill(level)).toString('base64'),
      output: faceNetworkOutput(level, age),
      tolerance: { onnxruntime: 1e-4, tensorflow: 1e-4 },
    })),
    ...changes,
  });
  for (const [file, content] of Object.entries(files)) await folder.write(`${version}/${file}`, content);
  await folder.write(`${version}/manifest.json`, JSON.stringify(manifest));
  return manifest;
}
