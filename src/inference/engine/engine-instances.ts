import type { Device, Engine, EngineArtifact, EngineModel, EngineName } from './engine.ts';

/** An engine that may be down for a while: what is sent then waits for it, or is refused. */
export interface EngineInstance extends Engine {
  readonly isUp: boolean;
}

/**
 * Several engines alike, each with every network, that compute batches side by side (the instance group of Triton
 * Inference Server). One thread of its own for each batch loses no time to threads that wait for each other, and while
 * one is handed its next batch the others go on.
 */
export class EngineInstances implements Engine {
  readonly name: EngineName;
  readonly device: Device;
  readonly instances: number;
  readonly trial: Engine;
  readonly #engines: readonly EngineInstance[];
  /** Runs that each has been sent and has not answered. */
  readonly #held: number[];

  /**
   * The first is started alone: where there is no engine to be had, it says so.
   * @throws EngineUnavailableError; none is left running then
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
    this.#held = engines.map(() => 0);
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
    const instance = this.#leastHeld();
    this.#held[instance]! += 1;
    try {
      return await models[instance]!.run(pixels, count);
    } finally {
      this.#held[instance]! -= 1;
    }
  }

  /** Of those that are up; where none is, the first says why. */
  #leastHeld(): number {
    let least = -1;
    for (const [index, engine] of this.#engines.entries()) {
      if (!engine.isUp) continue;
      if (least === -1 || this.#held[index]! < this.#held[least]!) least = index;
    }
    return Math.max(least, 0);
  }
}

async function disposeAll(models: readonly EngineModel[]): Promise<void> {
  await Promise.all(models.map((model) => model.dispose()));
}
