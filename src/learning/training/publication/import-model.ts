import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { EngineModel } from '../../../inference/engine/engine.ts';
import { ChildEngine } from '../../../inference/engine/child-engine.ts';
import { messageOf } from '../../../common/errors.ts';
import { createAgeHead, type AgeHead, type AgeHeadSpec } from '../../../inference/head/age-head.ts';
import { outputRowLength, readOutputRow } from '../../../inference/head/face-output.ts';
import { decadeBuckets, type Bucket } from '../../../inference/head/buckets.ts';
import {
  defaultPreprocessSpec,
  inputLength,
  preprocessSpecSchema,
  type PreprocessSpec,
} from '../../../inference/preprocess/spec.ts';
import { verificationMemoryBytes } from '../../../registry/loading/verify-apart.ts';
import type { Framing } from '../../../registry/framing.ts';
import type { Golden } from '../../../registry/golden.ts';
import { SCHEMA_VERSION, type Manifest } from '../../../registry/manifest.ts';
import type { NewVersion } from '../../../registry/registry.ts';
import { readImportedGraph, type ImportedGraph, type ServableGraph } from './import-graph.ts';
import { goldenSamples } from './serving-network.ts';

/** An ONNX model from elsewhere, with the information that its manifest needs. */
export interface ExternalModel extends Pick<ImportedGraph, 'file' | 'size' | 'colors' | 'logits'> {
  name: string;
  /** The graph's input is (level / 255 − mean) / std, unless it takes levels from 0 to 255. */
  mean: number;
  std: number;
  head: AgeHeadSpec;
  /** If present, the model also outputs the probability that its input is a framed face. */
  face?: ImportedFaceOutput | undefined;
  architecture: string;
  license: string;
  /** How photos become its input; by default each is taken for the framed face. */
  framing?: Framing | undefined;
}

/** A version, and what was changed in the graph so that it can be served. */
export interface ImportedVersion extends NewVersion {
  notes: readonly string[];
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
): Promise<ImportedVersion> {
  const buckets = bucketsOf(model.head);
  const head = createAgeHead(model.head, buckets);
  const { graph, notes, ...input } = await readImportedGraph({
    ...model,
    faceOutput: model.face?.output,
  });
  const preprocess = preprocessOf(model, input);
  if (model.framing?.kind === 'aligned' && preprocess.width !== preprocess.height)
    throw new Error(
      `${model.file} cannot be imported: faces are aligned in squares only; leave out --framing aligned`,
    );
  const loaded = { file: model.file, face: model.face, graph, preprocess };
  const golden = await withNetwork(loaded, head, taskMaxMs, (network) =>
    recordGoldenSamples(network, preprocess, head),
  );
  return {
    name: model.name,
    notes,
    at: () =>
      Promise.resolve({
        manifest: manifestOf(model, { preprocess, buckets, golden }),
        files: new Map([['model.onnx', graph]]),
      }),
  };
}

/** Gray levels are what (gray / 255 − 0) / (1 / 255) gives. */
function preprocessOf(
  { mean, std }: ExternalModel,
  { size, channels, takesLevels }: Pick<ServableGraph, 'size' | 'channels' | 'takesLevels'>,
): PreprocessSpec {
  const levels = takesLevels ? { mean: 0, std: 1 / 255 } : { mean, std };
  const preprocess = { ...defaultPreprocessSpec, ...size, channels, ...levels };
  const parsed = preprocessSpecSchema.safeParse(preprocess);
  if (parsed.success) return parsed.data;
  throw new Error(
    `the photos that the graph takes cannot be served: ${z.prettifyError(parsed.error)}`,
  );
}

function bucketsOf(head: AgeHeadSpec): readonly Bucket[] {
  return head.kind === 'buckets' ? head.buckets : decadeBuckets;
}

function manifestOf(
  { name, architecture, head, face, license, framing }: ExternalModel,
  {
    preprocess,
    buckets,
    golden,
  }: Pick<Manifest, 'preprocess' | 'golden'> & {
    buckets: readonly Bucket[];
  },
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
    ...(framing && { framing }),
    golden,
    dataset: null,
    metrics: {},
    reference: {},
    training: null,
    license,
  };
}

/** A graph to run. */
interface LoadedGraph extends Pick<ExternalModel, 'file' | 'face'>, Pick<ServableGraph, 'graph'> {
  preprocess: PreprocessSpec;
}

/**
 * Loads the graph in a child process, where it can be stopped, from a temporary folder, since engines load from folders.
 * The process ends after `use`.
 */
async function withNetwork<Result>(
  { file, graph, preprocess, face }: LoadedGraph,
  head: AgeHead,
  taskMs: number,
  use: (network: EngineModel) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(path.join(tmpdir(), 'face-age-import-'));
  try {
    const copy = path.join(directory, 'model.onnx');
    await writeFile(copy, graph);
    const { width, height, channels, mean, std } = preprocess;
    const outputLength = outputRowLength(head, face);
    const artifact = { directory, width, height, channels, mean, std, outputLength };
    const engine = await ChildEngine.start({
      settings: { engine: 'onnxruntime', device: 'cpu', threads: 0 },
      taskMs,
      memoryMaxBytes: verificationMemoryBytes([{ bytes: graph.length }], 'onnxruntime'),
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
  preprocess: PreprocessSpec,
  head: AgeHead,
): Promise<Golden[]> {
  const golden = await goldenSamples(network, preprocess);
  const outputs = golden.map(({ output }) => Float32Array.from(output));
  for (const pixels of extremePictures(preprocess))
    outputs.push((await network.run(pixels, 1)).slice());
  for (const output of outputs) {
    const { ages } = readOutputRow(output, head);
    requireDistribution(ages);
    head.interpret(ages);
  }
  const [first, second] = golden.map(({ pixels }) => Buffer.from(pixels, 'base64'));
  const both = Uint8Array.from([...first!, ...second!]);
  const batched = await network.run(both, 2).catch((error: unknown) => {
    throw new Error(
      `it cannot run two photos at a time: export it with a free first dimension, also inside the graph (${messageOf(error)})`,
      { cause: error },
    );
  });
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

/** Black, white, and both beside each other. */
function extremePictures(spec: PreprocessSpec): Uint8Array[] {
  const row = spec.width * spec.channels;
  const picture = (level: (at: number) => number) =>
    Uint8Array.from({ length: inputLength(spec) }, (_, at) => level(at));
  return [picture(() => 0), picture(() => 255), picture((at) => (at % row < row / 2 ? 0 : 255))];
}

const SUM_TOLERANCE = 1e-3;

/** @throws Error that says what the row is instead */
function requireDistribution(row: Float32Array): void {
  const sum = row.reduce((total, value) => total + value, 0);
  const [least, most] = [Math.min(...row), Math.max(...row)];
  if (least >= -SUM_TOLERANCE && Math.abs(sum - 1) <= SUM_TOLERANCE) return;
  const shown = (value: number) => value.toPrecision(3);
  throw new Error(
    `the output is not a distribution: a row has values from ${shown(least)} to ${shown(most)} and sums to ${shown(sum)}. ` +
      'If they are logits, add --logits',
  );
}
