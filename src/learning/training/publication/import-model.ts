import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EngineModel } from '../../../inference/engine/engine.ts';
import { createOnnxEngine } from '../../../inference/engine/onnx-engine.ts';
import { messageOf } from '../../../common/errors.ts';
import { createAgeHead, type AgeHead, type AgeHeadSpec } from '../../../inference/head/age-head.ts';
import { decadeBuckets, type Bucket } from '../../../inference/head/buckets.ts';
import type { PreprocessSpec } from '../../../inference/preprocess/spec.ts';
import { SCHEMA_VERSION, type Golden, type Manifest } from '../../../registry/manifest.ts';
import type { NewVersion } from '../../../registry/registry.ts';
import { goldenSamples } from './evaluate-network.ts';

/** An ONNX model that was made elsewhere, and what must be known of it. */
export interface ForeignModel {
  file: string;
  name: string;
  preprocess: PreprocessSpec;
  head: AgeHeadSpec;
  architecture: string;
  license: string;
}

/**
 * Makes a version of a foreign model: runs it as the service would, takes golden samples and writes its manifest.
 * @throws Error where the graph cannot be loaded, does not take such photos or does not answer with a distribution
 */
export async function importModel(model: ForeignModel): Promise<NewVersion> {
  const buckets = bucketsOf(model.head);
  const head = createAgeHead(model.head, buckets);
  const golden = await withNetwork(model, head, (network) => takeSamples(network, model, head));
  return {
    name: model.name,
    at: () =>
      Promise.resolve({
        manifest: manifestOf(model, buckets, golden),
        files: new Map([['model.onnx', { file: model.file }]]),
      }),
  };
}

function bucketsOf(head: AgeHeadSpec): readonly Bucket[] {
  return head.kind === 'buckets' ? head.buckets : decadeBuckets;
}

function manifestOf(
  { name, architecture, preprocess, head, license }: ForeignModel,
  buckets: readonly Bucket[],
  golden: Golden[],
): Omit<Manifest, 'files' | 'version'> {
  return {
    schemaVersion: SCHEMA_VERSION,
    name,
    createdAt: new Date().toISOString(),
    parent: null,
    gitCommit: null,
    architecture,
    engines: ['onnxruntime'],
    preprocess,
    head,
    buckets: [...buckets],
    golden,
    dataset: null,
    metrics: {},
    reference: {},
    training: null,
    license,
  };
}

/** Loads the graph from a folder of its own, as engines do, for as long as `use` runs. */
async function withNetwork<Result>(
  { file, preprocess: { width, height, mean, std } }: ForeignModel,
  { outputLength }: AgeHead,
  use: (network: EngineModel) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(path.join(tmpdir(), 'face-age-import-'));
  try {
    await copyFile(file, path.join(directory, 'model.onnx'));
    const artifact = { directory, width, height, mean, std, outputLength };
    const network = await createOnnxEngine({ threads: 0 }).load(artifact);
    try {
      return await use(network);
    } finally {
      await network.dispose();
    }
  } catch (error) {
    throw new Error(`${file} cannot be imported: ${messageOf(error)}`, { cause: error });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** One photo alone and two at a time: both must answer with distributions, and with the same ones. */
async function takeSamples(
  network: EngineModel,
  { preprocess }: ForeignModel,
  head: AgeHead,
): Promise<Golden[]> {
  const golden = await goldenSamples(network, preprocess);
  for (const { output } of golden) head.interpret(Float32Array.from(output));
  const [first, second] = golden.map(({ pixels }) => Buffer.from(pixels, 'base64'));
  const together = await network.run(Uint8Array.from([...first!, ...second!]), 2);
  const alone = [...golden[0]!.output, ...golden[1]!.output];
  const difference = Math.max(...alone.map((value, index) => Math.abs(value - together[index]!)));
  if (!(difference <= 1e-4)) {
    throw new Error(
      `two photos at a time are answered otherwise than one (by ${difference.toExponential(1)}): ` +
        'export it for inference, with a free first dimension',
    );
  }
  return golden;
}
