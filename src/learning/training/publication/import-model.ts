import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EngineModel } from '../../../inference/engine/engine.ts';
import { ChildEngine } from '../../../inference/engine/child-engine.ts';
import { messageOf } from '../../../common/errors.ts';
import { createAgeHead, type AgeHead, type AgeHeadSpec } from '../../../inference/head/age-head.ts';
import { outputRowLength, readOutputRow } from '../../../inference/head/face-output.ts';
import { decadeBuckets, type Bucket } from '../../../inference/head/buckets.ts';
import type { PreprocessSpec } from '../../../inference/preprocess/spec.ts';
import { verificationMemoryBytes } from '../../../registry/loading/verify-apart.ts';
import type { Golden } from '../../../registry/golden.ts';
import { SCHEMA_VERSION, type Manifest } from '../../../registry/manifest.ts';
import type { FileSource, NewVersion } from '../../../registry/registry.ts';
import { joinOutputs } from '../../onnx/join-outputs.ts';
import { goldenSamples } from './serving-network.ts';

/** An ONNX model from elsewhere, with the information that its manifest needs. */
export interface ExternalModel {
  file: string;
  name: string;
  preprocess: PreprocessSpec;
  head: AgeHeadSpec;
  /** If present, the model also outputs the probability that its input is a framed face. */
  face?: ImportedFaceOutput | undefined;
  architecture: string;
  license: string;
}

/** Where a model outputs the face probability, and below which one an answer warns. */
export interface ImportedFaceOutput {
  threshold: number;
  /** An output of its own, float32 [n] or [n, 1]; by default it is the last value of each row of the only output. */
  output?: string | undefined;
}

/** For each run of a graph that nobody has run yet, and for loading it. */
const TASK_MAX_MS = 60_000;

/**
 * Creates a version from an external model: runs it in the serving engine, records golden samples, and writes a manifest.
 * @param taskMaxMs for each run of the graph, and for loading it
 * @throws Error if the graph cannot be loaded, does not accept such photos, or does not output a distribution
 */
export async function importModel(
  model: ExternalModel,
  taskMaxMs = TASK_MAX_MS,
): Promise<NewVersion> {
  const buckets = bucketsOf(model.head);
  const head = createAgeHead(model.head, buckets);
  const graph = await graphOf(model);
  const golden = await withNetwork({ ...model, graph }, head, taskMaxMs, (network) =>
    recordGoldenSamples(network, model, head),
  );
  return {
    name: model.name,
    at: () =>
      Promise.resolve({
        manifest: manifestOf(model, buckets, golden),
        files: new Map([['model.onnx', graph]]),
      }),
  };
}

/** The file of the model, or its content with a single output where the face probability has an output of its own. */
async function graphOf({ file, face }: ExternalModel): Promise<FileSource> {
  if (face?.output === undefined) return { file };
  try {
    return joinOutputs(await readFile(file), face.output);
  } catch (error) {
    throw new Error(`${file} cannot be imported: ${messageOf(error)}`, { cause: error });
  }
}

function bucketsOf(head: AgeHeadSpec): readonly Bucket[] {
  return head.kind === 'buckets' ? head.buckets : decadeBuckets;
}

function manifestOf(
  { name, architecture, preprocess, head, face, license }: ExternalModel,
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
    ...(face && { face: { threshold: face.threshold } }),
    golden,
    dataset: null,
    metrics: {},
    reference: {},
    training: null,
    license,
  };
}

/**
 * Loads the graph in a child process, where it can be stopped, from a temporary folder, since engines load from folders.
 * The process ends after `use`.
 */
async function withNetwork<Result>(
  { file, graph, preprocess, face }: ExternalModel & { graph: FileSource },
  head: AgeHead,
  taskMs: number,
  use: (network: EngineModel) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(path.join(tmpdir(), 'face-age-import-'));
  try {
    const copy = path.join(directory, 'model.onnx');
    await (graph instanceof Uint8Array ? writeFile(copy, graph) : copyFile(graph.file, copy));
    const { width, height, mean, std } = preprocess;
    const outputLength = outputRowLength(head, face);
    const artifact = { directory, width, height, mean, std, outputLength };
    const { size } = await stat(copy);
    const engine = await ChildEngine.start({
      settings: { engine: 'onnxruntime', device: 'cpu', threads: 0 },
      taskMs,
      memoryMaxBytes: verificationMemoryBytes([{ bytes: size }], 'onnxruntime'),
    });
    try {
      return await use(await engine.load(artifact));
    } finally {
      await engine.close();
    }
  } catch (error) {
    throw new Error(`${file} cannot be imported: ${messageOf(error)}`, { cause: error });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs photos one at a time and two at a time: both must give distributions, and the same ones. */
async function recordGoldenSamples(
  network: EngineModel,
  { preprocess }: ExternalModel,
  head: AgeHead,
): Promise<Golden[]> {
  const golden = await goldenSamples(network, preprocess);
  for (const { output } of golden) {
    const { ages } = readOutputRow(Float32Array.from(output), head);
    head.interpret(ages);
  }
  const [first, second] = golden.map(({ pixels }) => Buffer.from(pixels, 'base64'));
  const batched = await network.run(Uint8Array.from([...first!, ...second!]), 2);
  const single = [...golden[0]!.output, ...golden[1]!.output];
  const difference = Math.max(...single.map((value, index) => Math.abs(value - batched[index]!)));
  if (!(difference <= 1e-4)) {
    throw new Error(
      `the outputs for a batch of two photos differ from those for single photos (by ${difference.toExponential(1)}): ` +
        'export the model in inference mode, with a dynamic batch dimension',
    );
  }
  return golden;
}
