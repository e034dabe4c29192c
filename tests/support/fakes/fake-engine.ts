import type {
  Device,
  Engine,
  EngineArtifact,
  EngineModel,
  EngineName,
} from '../../../src/inference/engine/engine.ts';

/** Puts all probability on one age, the picture's brightness: black is 0, white is the oldest. */
export function fakeOutput(pixels: Uint8Array, outputLength: number): Float32Array {
  const mean = pixels.reduce((sum, level) => sum + level, 0) / pixels.length;
  const output = new Float32Array(outputLength);
  output[Math.round((mean / 255) * (outputLength - 1))] = 1;
  return output;
}

export class FakeNetwork implements EngineModel {
  readonly artifact: EngineArtifact;
  /** The size of each batch it ran. */
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

/** An engine without a runtime. The test controls what happens before a load or a run. */
export class FakeEngine implements Engine {
  readonly name: EngineName = 'onnxruntime';
  readonly device: Device = 'cpu';
  readonly networks: FakeNetwork[] = [];
  closed = false;
  beforeLoad: (artifact: EngineArtifact) => Promise<void> = () => Promise.resolve();
  beforeRun: () => Promise<void> = () => Promise.resolve();

  async load(artifact: EngineArtifact): Promise<EngineModel> {
    await this.beforeLoad(artifact);
    const network = new FakeNetwork(artifact, this);
    this.networks.push(network);
    return network;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
