import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { graphFiles } from '../../../src/inference/engine/engine.ts';
import { createOnnxEngine } from '../../../src/inference/engine/onnx-engine.ts';
import { GraphBuilder } from '../../../src/learning/onnx/graph.ts';
import { encodeModel } from '../../../src/learning/onnx/proto.ts';
import { epochBatches } from '../../../src/learning/training/batches/batch.ts';
import { photoSetOf } from '../../support/models/photo-shard.ts';

const SIDE = 16;
const normalization = { mean: 0.45, std: 0.23 };

/** Every gray level once. */
const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_, level) => level);

/** An engine's network that answers with its own input. */
async function loadIdentity() {
  const directory = await mkdtemp(path.join(tmpdir(), 'identity-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const builder = new GraphBuilder(['pixels', 'input']);
  const flat = builder.node('Flatten', 'flat', ['pixels']);
  const input = { name: 'pixels', shape: [SIDE, SIDE, 1] };
  const graph = builder.build(input, flat, { name: 'input', shape: [SIDE * SIDE] });
  await writeFile(path.join(directory, graphFiles.fp32), encodeModel(graph, 'test'));
  const artifact = { directory, width: SIDE, height: SIDE, outputLength: SIDE * SIDE };
  return createOnnxEngine({ threads: 1 }).load({ ...artifact, ...normalization });
}

it('gives the network the same input in a training batch as in serving, to the last bit', async () => {
  const [batch] = epochBatches(
    photoSetOf(SIDE, [{ pixels, age: 30 }]),
    { epoch: 0, side: SIDE },
    {
      ...normalization,
      batchSize: 1,
      seed: 1,
      answers: 'age-distribution',
      augment: null,
      mixupProbability: 0,
      mixupAlpha: 0.4,
    },
  );
  const network = await loadIdentity();
  const served = await network.run(pixels.slice(), 1);
  await network.dispose();
  const bitsOf = (values: Float32Array) => [
    ...new Uint32Array(values.slice().buffer as ArrayBuffer),
  ];
  expect(bitsOf(batch!.inputs)).toEqual(bitsOf(served));
});
