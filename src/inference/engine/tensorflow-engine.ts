import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { setEnvironment } from '../../common/config/config.ts';
import {
  checkOutput,
  checkPixels,
  type Device,
  type Engine,
  type EngineArtifact,
  type EngineModel,
} from './engine.ts';
import { createNormalize } from '../preprocess/normalize.ts';
import { loadTensorFlow, type tensorflow, type TensorFlow } from './tensorflow-runtime.ts';

export interface TensorFlowEngineOptions {
  /** `cpu` hides the GPUs from TensorFlow, so that it allocates none of their memory. */
  device: 'auto' | Device;
}

/**
 * Native TensorFlow, on a GPU if it finds one. `run` blocks its thread.
 * @throws TensorFlowMissingError if the addon is not built or does not load
 */
export function createTensorFlowEngine({ device }: TensorFlowEngineOptions): Engine {
  if (device === 'cpu') setEnvironment('CUDA_VISIBLE_DEVICES', '-1');
  const tf = loadTensorFlow();
  compute(tf);
  return {
    name: 'tensorflow',
    device: isUsingGpu(tf) ? 'gpu' : 'cpu',
    load: async (artifact) => {
      if (artifact.precision === 'int8') throw new Error('TensorFlow cannot run an 8-bit graph');
      const file = pathToFileURL(path.join(artifact.directory, 'model.json'));
      return new TensorFlowModel(tf, await tf.loadLayersModel(file.href), artifact);
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Runs one computation, which initializes TensorFlow completely. If a worker ends before its first computation, the
 * library is unloaded while its exit handler is still registered, and the process crashes on exit.
 */
function compute(tf: TensorFlow): void {
  const answer = tf.tidy(() => tf.add(1, 1));
  answer.dataSync();
  answer.dispose();
}

/** Asks the addon's backend whether TensorFlow lists a GPU among its devices. */
function isUsingGpu(tf: TensorFlow): boolean {
  const backend = tf.backend() as { isUsingGpuDevice?: boolean };
  return backend.isUsingGpuDevice === true;
}

class TensorFlowModel implements EngineModel {
  readonly #tf: TensorFlow;
  readonly #model: tensorflow.LayersModel;
  readonly #artifact: EngineArtifact;
  readonly #normalize;
  #disposed = false;

  constructor(tf: TensorFlow, model: tensorflow.LayersModel, artifact: EngineArtifact) {
    this.#tf = tf;
    this.#model = model;
    this.#artifact = artifact;
    this.#normalize = createNormalize(artifact);
  }

  /** Disposes every intermediate tensor before it returns. */
  run(pixels: Uint8Array, count: number): Promise<Float32Array> {
    return new Promise((resolve) => {
      checkPixels(pixels, count, this.#artifact);
      const answer = this.#tf.tidy(() => this.#predict(pixels, count));
      const output = answer.dataSync<'float32'>();
      answer.dispose();
      checkOutput(output, count, this.#artifact);
      resolve(output);
    });
  }

  dispose(): Promise<void> {
    if (!this.#disposed) this.#model.dispose();
    this.#disposed = true;
    return Promise.resolve();
  }

  #predict(pixels: Uint8Array, count: number): tensorflow.Tensor {
    const { height, width, channels = 1 } = this.#artifact;
    const values = new Float32Array(pixels.length);
    this.#normalize(pixels, values);
    const input = this.#tf.tensor4d(values, [count, height, width, channels]);
    return this.#model.predictOnBatch(input) as tensorflow.Tensor;
  }
}
