import { availableParallelism } from 'node:os';
import path from 'node:path';
import { readCpuFeatures, threadPlan } from './cpu.ts';
import {
  checkOutput,
  checkPixels,
  graphFiles,
  type Engine,
  type EngineArtifact,
  type EngineModel,
} from './engine.ts';
import { InferenceSession, Tensor } from './onnx-runtime.ts';
import { createNormalize } from '../preprocess/normalize.ts';
import { inputLength } from '../preprocess/spec.ts';

export interface OnnxEngineOptions {
  /** Threads of one inference; 0 leaves it to `threadPlan`. */
  threads: number;
  /** Number of engines of this kind that share the cores; 1 by default. */
  instances?: number | undefined;
  /** Index of this engine, from 0. Single photos reach another engine than the first only while that one is busy. */
  instance?: number | undefined;
}

/**
 * How long onnxruntime's threads spin while they wait for the next operator, in microseconds: long enough for the gaps
 * within one inference. The default of some milliseconds doubles the CPU time of a single photo and takes it from the
 * event loop; with a shorter time each operator waits for a thread to wake up.
 */
const SPIN_MICROSECONDS = '200';

/** onnxruntime on the CPU. `run` blocks its thread and copies the pixels before it returns. */
export function createOnnxEngine({ threads, instances, instance }: OnnxEngineOptions): Engine {
  const plan = threadPlan(threads, availableParallelism(), { instances, instance });
  return {
    name: 'onnxruntime',
    device: 'cpu',
    load: async (artifact) => {
      const file = path.join(artifact.directory, graphFiles[artifact.precision ?? 'fp32']);
      const batch = await createSession(file, plan.batch);
      const single = plan.single === plan.batch ? batch : await createSession(file, plan.single);
      return new OnnxModel({ single, batch }, artifact);
    },
    close: () => Promise.resolve(),
  };
}

/**
 * '1' sums 8-bit products without saturation at more than twice the cost. With VNNI they never saturate, and the
 * results are the same to the bit.
 */
const x64quantprecision = readCpuFeatures().integerDotProduct === 'yes' ? '0' : '1';

function createSession(file: string, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(file, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    extra: { session: { x64quantprecision, intra_op: { spin_duration_us: SPIN_MICROSECONDS } } },
  });
}

/** Two sessions of the same network if a single photo uses another number of threads than a batch, else one. */
interface Sessions {
  single: InferenceSession;
  batch: InferenceSession;
}

class OnnxModel implements EngineModel {
  readonly #sessions: Sessions;
  readonly #artifact: EngineArtifact;
  readonly #normalize;
  /** The input tensor of each batch size, reused by every run. */
  readonly #inputs = new Map<number, Tensor>();
  #disposed = false;

  constructor(sessions: Sessions, artifact: EngineArtifact) {
    this.#sessions = sessions;
    this.#artifact = artifact;
    this.#normalize = createNormalize(artifact);
  }

  async run(pixels: Uint8Array, count: number): Promise<Float32Array> {
    checkPixels(pixels, count, this.#artifact);
    const input = this.#inputFor(count);
    this.#normalize(pixels, input.data as Float32Array);
    const session = count === 1 ? this.#sessions.single : this.#sessions.batch;
    const [inputName] = session.inputNames;
    const [outputName] = session.outputNames;
    const outputs = await session.run({ [inputName!]: input });
    const output = outputs[outputName!]!.data as Float32Array;
    checkOutput(output, count, this.#artifact);
    return output;
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#inputs.clear();
    const { single, batch } = this.#sessions;
    await batch.release();
    if (single !== batch) await single.release();
  }

  #inputFor(count: number): Tensor {
    const known = this.#inputs.get(count);
    if (known !== undefined) return known;
    const { height, width, channels = 1 } = this.#artifact;
    const values = new Float32Array(count * inputLength(this.#artifact));
    const input = new Tensor('float32', values, [count, height, width, channels]);
    this.#inputs.set(count, input);
    return input;
  }
}

/** The smallest and the largest observed value. */
export interface ObservedRange {
  min: number;
  max: number;
}

/**
 * Runs pictures through a network and records the range of each output; a graph may declare inner values as outputs.
 * @param graph an ONNX file with one input, float32 [n, height, width, 1]
 * @param pictures height × width gray levels each
 * @returns the range of each output by name; empty if there was no picture
 */
export async function observeRanges(
  graph: Uint8Array,
  { width, height, ...normalization }: Pick<EngineArtifact, 'width' | 'height' | 'mean' | 'std'>,
  pictures: Iterable<Uint8Array>,
): Promise<Map<string, ObservedRange>> {
  const session = await InferenceSession.create(graph, { executionProviders: ['cpu'] });
  const normalize = createNormalize(normalization);
  const values = new Float32Array(height * width);
  const input = new Tensor('float32', values, [1, height, width, 1]);
  const ranges = new Map<string, ObservedRange>();
  try {
    for (const picture of pictures) {
      normalize(picture, values);
      const outputs = await session.run({ [session.inputNames[0]!]: input });
      for (const [name, { data }] of Object.entries(outputs))
        ranges.set(name, widened(ranges.get(name), data as Float32Array));
    }
    return ranges;
  } finally {
    await session.release();
  }
}

function widened(range: ObservedRange | undefined, values: Float32Array): ObservedRange {
  let { min, max } = range ?? { min: Infinity, max: -Infinity };
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
