import { exportOnnx } from '../../src/network/onnx/export.ts';
import type { Manifest } from '../../src/registry/manifest.ts';
import { AGES, SIDE, exampleManifest, fileEntry } from './example-manifest.ts';
import type { ModelFolder } from './model-folder.ts';
import { softmaxNetwork } from './softmax-network.ts';

const PIXELS = SIDE * SIDE;

/** Bright pictures are old: every pixel speaks for the ages in proportion to its level. */
const kernel = Float32Array.from(
  { length: PIXELS * AGES },
  (_, index) => ((index % AGES) - AGES / 2) / (40 * PIXELS),
);

const { modelTopology, weightSpecs } = softmaxNetwork(SIDE, AGES);

/** Writes a version that the onnxruntime engine really runs: a softmax over weighted pixels. */
export async function writeTinyArtifact(folder: ModelFolder, version = 1): Promise<Manifest> {
  const weightData = Float32Array.from([...kernel, ...new Float32Array(AGES)]).buffer;
  const onnx = exportOnnx(
    { modelTopology, weightSpecs, weightData },
    { outputName: 'age_distribution' },
  );
  const manifest = exampleManifest({
    version,
    engines: ['onnxruntime'],
    files: [fileEntry('model.onnx', onnx)],
    golden: [goldenSample()],
  });
  await folder.write(`${version}/model.onnx`, onnx);
  await folder.write(`${version}/manifest.json`, JSON.stringify(manifest));
  return manifest;
}

function goldenSample(): Manifest['golden'][number] {
  const pixels = Uint8Array.from({ length: PIXELS }, (_, index) => (index * 37) % 256);
  return {
    pixels: Buffer.from(pixels).toString('base64'),
    output: answerByHand(pixels),
    tolerance: { onnxruntime: 1e-4 },
  };
}

/** The network in double precision, with the example manifest's mean and deviation. */
function answerByHand(pixels: Uint8Array): number[] {
  const { mean, std } = exampleManifest().preprocess;
  const sum = pixels.reduce((total, level) => total + (level / 255 - mean) / std, 0);
  const powers = Array.from({ length: AGES }, (_, age) =>
    Math.exp((sum * (age - AGES / 2)) / (40 * PIXELS)),
  );
  const total = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / total);
}
