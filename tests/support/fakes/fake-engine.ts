import { createOnnxEngine } from '../../../src/inference/engine/onnx-engine.ts';
import { DETECTOR_OUTPUTS } from '../../../src/inference/faces/anchors.ts';
import type {
  Device,
  Engine,
  EngineArtifact,
  EngineModel,
  EngineName,
} from '../../../src/inference/engine/engine.ts';

/** Returns the picture's brightness as an age, from black (0) to white (the oldest), with probability 1. */
export function fakeOutput(pixels: Uint8Array, outputLength: number): Float32Array {
  const mean = pixels.reduce((sum, level) => sum + level, 0) / pixels.length;
  const output = new Float32Array(outputLength);
  output[Math.round((mean / 255) * (outputLength - 1))] = 1;
  return output;
}

export class FakeNetwork implements EngineModel {
  readonly artifact: EngineArtifact;
  /** The sizes of the batches that it ran. */
  readonly batches: number[] = [];
  disposals = 0;
  readonly #engine: FakeEngine;

  constructor(artifact: EngineArtifact, engine: FakeEngine) {
    this.artifact = artifact;
    this.#engine = engine;
  }

  async run(pixels: Uint8Array, count: number): Promise<Float32Array> {
    this.batches.push(count);
    await this.#engine.beforeRun();
    const { width, height, outputLength } = this.artifact;
    const output = new Float32Array(count * outputLength);
    for (let image = 0; image < count; image += 1) {
      const own = pixels.subarray(image * width * height, (image + 1) * width * height);
      output.set(fakeOutput(own, outputLength), image * outputLength);
    }
    return output;
  }

  dispose(): Promise<void> {
    this.disposals += 1;
    return Promise.resolve();
  }
}

/** Loads a real network into onnxruntime. Like a worker, it computes one batch after the other. */
export async function loadAlone(artifact: EngineArtifact): Promise<EngineModel> {
  const model = await createOnnxEngine({ threads: 1 }).load(artifact);
  let last: Promise<unknown> = Promise.resolve();
  const run: EngineModel['run'] = (pixels, count) => {
    const result = last.then(() => model.run(pixels, count));
    last = result.catch(() => undefined);
    return result;
  };
  return { run, dispose: () => model.dispose() };
}

/** An engine without a runtime; the test controls what happens before a load or a run. */
export class FakeEngine implements Engine {
  readonly name: EngineName = 'onnxruntime';
  readonly device: Device = 'cpu';
  readonly networks: FakeNetwork[] = [];
  closed = false;
  beforeLoad: (artifact: EngineArtifact) => Promise<void> = () => Promise.resolve();
  beforeRun: () => Promise<void> = () => Promise.resolve();

  /** Face detectors are real. */
  async load(artifact: EngineArtifact): Promise<EngineModel> {
    await this.beforeLoad(artifact);
    if (artifact.outputLength === DETECTOR_OUTPUTS) return loadAlone(artifact);
    const network = new FakeNetwork(artifact, this);
    this.networks.push(network);
    return network;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
