import type { Device, Engine, EngineArtifact, EngineModel, EngineName } from './engine.ts';

/** An engine that may be down for a while; requests then wait for it or are refused. */
export interface EngineInstance extends Engine {
  readonly isUp: boolean;
}

/**
 * Several identical engines, each with every network, that compute batches in parallel (an instance group in Triton
 * Inference Server). One thread per batch wastes no time on synchronization, and while one instance receives its next
 * batch the others keep computing.
 */
export class EngineInstances implements Engine {
  readonly name: EngineName;
  readonly device: Device;
  readonly instances: number;
  readonly trial: Engine;
  readonly #engines: readonly EngineInstance[];
  /** Unanswered runs of each engine. */
  readonly #pending: number[];

  /**
   * Starts the first engine alone, so that an unavailable runtime is reported once.
   * @throws EngineUnavailableError; no engine is left running then
   */
  static async start(
    count: number,
    startOne: (index: number) => Promise<EngineInstance>,
  ): Promise<EngineInstances> {
    const engines = [await startOne(0)];
    try {
      while (engines.length < count) engines.push(await startOne(engines.length));
      return new EngineInstances(engines);
    } catch (error) {
      await Promise.all(engines.map((engine) => engine.close()));
      throw error;
    }
  }

  private constructor(engines: readonly EngineInstance[]) {
    const { name, device } = engines[0]!;
    this.name = name;
    this.device = device;
    this.instances = engines.length;
    this.trial = engines[0]!;
    this.#engines = engines;
    this.#pending = engines.map(() => 0);
  }

  /** Whether at least one engine can run batches. */
  get isUp(): boolean {
    return this.#engines.some(({ isUp }) => isUp);
  }

  async load(artifact: EngineArtifact): Promise<EngineModel> {
    const models: EngineModel[] = [];
    try {
      for (const engine of this.#engines) models.push(await engine.load(artifact));
    } catch (error) {
      await disposeAll(models);
      throw error;
    }
    return {
      instances: models,
      run: (pixels, count) => this.#run(models, pixels, count),
      dispose: () => disposeAll(models),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.close()));
  }

  async #run(
    models: readonly EngineModel[],
    pixels: Uint8Array,
    count: number,
  ): Promise<Float32Array> {
    const instance = this.#leastBusy();
    this.#pending[instance]! += 1;
    try {
      return await models[instance]!.run(pixels, count);
    } finally {
      this.#pending[instance]! -= 1;
    }
  }

  /** The least busy engine that is up; when none is, the first one, which reports why. */
  #leastBusy(): number {
    let least = -1;
    for (const [index, engine] of this.#engines.entries()) {
      if (!engine.isUp) continue;
      if (least === -1 || this.#pending[index]! < this.#pending[least]!) least = index;
    }
    return Math.max(least, 0);
  }
}

async function disposeAll(models: readonly EngineModel[]): Promise<void> {
  await Promise.all(models.map((model) => model.dispose()));
}
