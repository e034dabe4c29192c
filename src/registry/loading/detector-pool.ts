import { Batcher } from '../../inference/batching/batcher.ts';
import type { EngineQueueTimer } from '../../inference/batching/engine-queue-timer.ts';
import type { Engine, EngineModel } from '../../inference/engine/engine.ts';
import { WorkerEngine } from '../../inference/engine/worker-engine.ts';
import { DETECTOR_MAX_BATCH } from '../../inference/face-detector.ts';
import type { FaceDetector } from '../../inference/face-finder.ts';
import { DETECTOR_OUTPUTS, DETECTOR_SIDE } from '../../inference/faces/anchors.ts';
import { batchSizesUpTo, warmUp } from './batch-sizes.ts';
import type { LocalDetector } from '../registry.ts';
import { loadDetector } from './local-detector.ts';

/** A loaded detector, shared by the versions that name it. */
export interface SharedDetector extends FaceDetector {
  /** Call it once; the last release frees the network. */
  release(): Promise<void>;
}

export interface DetectorPoolOptions {
  /** Runs the detectors, too, if it is onnxruntime. */
  engine: Engine;
  /** Shared with the batchers of the same engine. */
  queueTimer: EngineQueueTimer;
}

/** Views that one search waits for at the same time, so that a search in many views does not delay the others. */
const VIEWS_AT_ONCE = DETECTOR_MAX_BATCH;
/** More views than all searches at the same time can have waiting. */
const QUEUE_MAX_VIEWS = 1024;

interface Loaded {
  batcher: Batcher;
  dispose: () => Promise<void>;
}

/** The loaded detectors, one for each checksum of their network, whatever versions name it. */
export class DetectorPool {
  readonly #options: DetectorPoolOptions;
  readonly #entries = new Map<string, { loaded: Promise<Loaded>; users: number }>();

  constructor(options: DetectorPoolOptions) {
    this.#options = options;
  }

  /**
   * Loads a detector, or shares one that is loaded.
   * @throws GoldenMismatchError; the engine's error. Nothing stays loaded then.
   */
  async acquire(detector: LocalDetector): Promise<SharedDetector> {
    const key = detector.manifest.files[0]!.sha256;
    const entry = this.#entries.get(key) ?? { loaded: this.#load(detector), users: 0 };
    this.#entries.set(key, entry);
    entry.users += 1;
    try {
      const { batcher } = await entry.loaded;
      return {
        detect: (squares, options) => detectIn(batcher, squares, options),
        release: () => this.#release(key),
      };
    } catch (error) {
      this.#entries.delete(key);
      throw error;
    }
  }

  async #load(detector: LocalDetector): Promise<Loaded> {
    const engine = await this.#engine();
    try {
      const model = await loadDetector(engine, detector);
      const picture = Buffer.from(detector.manifest.golden[0]!.pixels, 'base64');
      await warmUp(model, picture, batchSizesUpTo(DETECTOR_MAX_BATCH, engine.device));
      const dispose = async (): Promise<void> => {
        await model.dispose();
        await this.#closeIfOwn(engine);
      };
      return { batcher: this.#batcherOf(model, engine), dispose };
    } catch (error) {
      await this.#closeIfOwn(engine);
      throw error;
    }
  }

  /** Detectors are ONNX graphs, so that they need an engine of their own beside TensorFlow. */
  async #engine(): Promise<Engine> {
    const { engine } = this.#options;
    if (engine.name === 'onnxruntime') return engine;
    return WorkerEngine.start({ engine: 'onnxruntime', device: 'cpu', threads: 1 });
  }

  async #closeIfOwn(engine: Engine): Promise<void> {
    if (engine !== this.#options.engine) await engine.close();
  }

  #batcherOf(model: EngineModel, engine: Engine): Batcher {
    const isShared = engine === this.#options.engine;
    return new Batcher((pixels, count) => model.run(pixels, count), {
      pixelsPerImage: DETECTOR_SIDE ** 2,
      outputsPerImage: DETECTOR_OUTPUTS,
      maxSize: DETECTOR_MAX_BATCH,
      preferredBatchSize: Math.ceil(DETECTOR_MAX_BATCH / 2),
      maxInFlight: (engine.instances ?? 1) + 1,
      queueMaxImages: QUEUE_MAX_VIEWS,
      sizes: batchSizesUpTo(DETECTOR_MAX_BATCH, engine.device),
      ...(isShared ? { queueTimer: this.#options.queueTimer } : {}),
    });
  }

  async #release(key: string): Promise<void> {
    const entry = this.#entries.get(key)!;
    entry.users -= 1;
    if (entry.users > 0) return;
    this.#entries.delete(key);
    const { batcher, dispose } = await entry.loaded;
    await batcher.drain();
    await dispose();
  }
}

async function detectIn(
  batcher: Batcher,
  squares: readonly Uint8Array[],
  options: Parameters<FaceDetector['detect']>[1],
): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  for (let start = 0; start < squares.length; start += VIEWS_AT_ONCE) {
    const some = squares.slice(start, start + VIEWS_AT_ONCE);
    const answers = await Promise.all(some.map((square) => batcher.submit(square, options)));
    outputs.push(...answers.map(({ output }) => output));
  }
  return outputs;
}
