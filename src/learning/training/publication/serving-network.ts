import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRandom } from '../../../common/random.ts';
import { drawFaceJpeg } from '../../../drawing/draw-face.ts';
import {
  type EngineModel,
  graphFiles,
  type EngineArtifact,
} from '../../../inference/engine/engine.ts';
import { createOnnxEngine } from '../../../inference/engine/onnx-engine.ts';
import { inputLength, type PreprocessSpec } from '../../../inference/preprocess/spec.ts';
import type { Golden } from '../../../registry/golden.ts';
import { openFramer, type FaceFraming } from '../../dataset/face-framing.ts';
import { PhotoReader, type PhotoSet } from '../batches/photo-set.ts';

/** Loads an exported graph with the serving engine and disposes it after `use`. */
export async function withServingNetwork<Result>(
  graph: Uint8Array,
  { width, height, mean, std, outputLength, precision = 'fp32' }: Omit<EngineArtifact, 'directory'>,
  use: (network: EngineModel) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(path.join(tmpdir(), 'face-age-'));
  try {
    await writeFile(path.join(directory, graphFiles[precision]), graph);
    const engine = createOnnxEngine({ threads: 0 });
    const artifact = { directory, width, height, mean, std, outputLength, precision };
    const network = await engine.load(artifact);
    try {
      return await use(network);
    } finally {
      await network.dispose();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Returns the raw output for each photo, with a batch size of 1 as in serving a single upload. */
export async function outputsOf(network: EngineModel, photos: PhotoSet): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  const reader = new PhotoReader(photos);
  try {
    for (let index = 0; index < photos.count; index++) {
      outputs.push((await network.run(reader.read(index), 1)).slice());
    }
  } finally {
    reader.close();
  }
  return outputs;
}

const DRAWN_AGES = [6, 34, 71];

/** Returns drawn faces and seeded noise with the raw outputs of the network, which every load must reproduce. */
export async function goldenSamples(
  network: EngineModel,
  spec: PreprocessSpec,
  framing?: FaceFraming,
): Promise<Golden[]> {
  const faces = await drawnFaces(spec, framing);
  const samples: Golden[] = [];
  for (const pixels of [...faces, noise(inputLength(spec))]) {
    const output = await network.run(pixels.slice(), 1);
    samples.push({
      pixels: Buffer.from(pixels).toString('base64'),
      output: [...output],
      tolerance: { onnxruntime: 1e-4, tensorflow: 1e-4 },
    });
  }
  return samples;
}

async function drawnFaces(spec: PreprocessSpec, framing?: FaceFraming): Promise<Uint8Array[]> {
  const framer = await openFramer(spec, { maxPixels: 1_000_000 }, framing);
  try {
    const framed = DRAWN_AGES.map((age, seed) => framer.frame(drawFaceJpeg({ age, seed })));
    return (await Promise.all(framed)).map(({ pixels }) => pixels);
  } finally {
    await framer.close();
  }
}

function noise(length: number): Uint8Array {
  const random = seededRandom(1);
  return Uint8Array.from({ length }, () => random() * 256);
}
