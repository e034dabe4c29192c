import { availableParallelism } from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { checkOutput, checkPixels } from './batch-shape.ts';
import type { Engine, EngineArtifact, EngineModel } from './engine.ts';
import { createNormalise } from './normalise.ts';

export interface OnnxEngineOptions {
  /** Threads of one inference; 0 takes the number of cores. */
  threads: number;
}

/**
 * How long onnxruntime's threads wait awake for the next operator, in microseconds. Its own choice, about a
 * millisecond, doubles the CPU time of an inference and takes it from the event loop; none at all costs latency.
 */
const SPIN_MICROSECONDS = '20';

/** onnxruntime on the CPU. `run` blocks its thread, one at a time; it copies the pixels before it returns. */
export function createOnnxEngine({ threads }: OnnxEngineOptions): Engine {
  return {
    name: 'onnxruntime',
    device: 'cpu',
    load: async (artifact) => {
      const session = await InferenceSession.create(path.join(artifact.directory, 'model.onnx'), {
        executionProviders: ['cpu'],
        graphOptimizationLevel: 'all',
        intraOpNumThreads: threads === 0 ? availableParallelism() : threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        extra: { session: { intra_op: { spin_duration_us: SPIN_MICROSECONDS } } },
      });
      return new OnnxModel(session, artifact);
    },
    close: () => Promise.resolve(),
  };
}

class OnnxModel implements EngineModel {
  readonly #session: InferenceSession;
  readonly #artifact: EngineArtifact;
  readonly #normalise;
  /** The input of each batch size, made once and filled again and again. */
  readonly #inputs = new Map<number, Tensor>();
  #disposed = false;

  constructor(session: InferenceSession, artifact: EngineArtifact) {
    this.#session = session;
    this.#artifact = artifact;
    this.#normalise = createNormalise(artifact);
  }

  async run(pixels: Uint8Array, count: number): Promise<Float32Array> {
    checkPixels(pixels, count, this.#artifact);
    const input = this.#inputFor(count);
    this.#normalise(pixels, input.data as Float32Array);
    const [inputName] = this.#session.inputNames;
    const [outputName] = this.#session.outputNames;
    const outputs = await this.#session.run({ [inputName!]: input });
    const output = outputs[outputName!]!.data as Float32Array;
    checkOutput(output, count, this.#artifact);
    return output;
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#inputs.clear();
    await this.#session.release();
  }

  #inputFor(count: number): Tensor {
    const known = this.#inputs.get(count);
    if (known !== undefined) return known;
    const { height, width } = this.#artifact;
    const values = new Float32Array(count * height * width);
    const input = new Tensor('float32', values, [count, height, width, 1]);
    this.#inputs.set(count, input);
    return input;
  }
}
