import { messageOf } from '../../common/errors.ts';
import type { EngineArtifact, EngineModel, Engine } from './engine.ts';
import type { WorkerReply, WorkerRequest, WorkerTask } from './worker-protocol.ts';

/** Whether a runtime ran out of device memory; only the error's message shows it. */
export function isOutOfMemory(error: unknown): boolean {
  return (
    error instanceof Error &&
    /\bOOM\b|out of memory|resource.?exhausted|failed to allocate|bad.?alloc/i.test(error.message)
  );
}

/**
 * Runs a batch; if memory runs out, runs each half by itself.
 * @throws the network's error; an out-of-memory error only if not even one image fits
 */
export async function runWithinMemory(
  model: Pick<EngineModel, 'run'>,
  artifact: EngineArtifact,
  pixels: Uint8Array,
  count: number,
): Promise<Float32Array> {
  try {
    return await model.run(pixels, count);
  } catch (error) {
    if (count === 1 || !isOutOfMemory(error)) throw error;
  }
  const half = Math.floor(count / 2);
  const pixelsOfHalf = half * artifact.height * artifact.width;
  const output = new Float32Array(count * artifact.outputLength);
  output.set(await runWithinMemory(model, artifact, pixels.subarray(0, pixelsOfHalf), half));
  output.set(
    await runWithinMemory(model, artifact, pixels.subarray(pixelsOfHalf), count - half),
    half * artifact.outputLength,
  );
  return output;
}

interface Loaded {
  artifact: EngineArtifact;
  model: EngineModel;
}

/** The worker's side of the protocol: executes tasks one after the other, in order of arrival. */
export class TaskRunner {
  readonly #engine: Engine;
  readonly #reply: (reply: WorkerReply, transfer: ArrayBuffer[]) => void;
  readonly #models = new Map<number, Loaded>();
  #last: Promise<void> = Promise.resolve();

  constructor(engine: Engine, reply: (reply: WorkerReply, transfer: ArrayBuffer[]) => void) {
    this.#engine = engine;
    this.#reply = reply;
  }

  /** Resolves when the task's reply has been sent. */
  take(request: WorkerRequest): Promise<void> {
    this.#last = this.#last.then(() => this.#answer(request));
    return this.#last;
  }

  async #answer({ id, task }: WorkerRequest): Promise<void> {
    try {
      const output = await this.#execute(task);
      const transfer = output === null ? [] : [output.buffer as ArrayBuffer];
      this.#reply({ kind: 'done', id, output }, transfer);
    } catch (error) {
      const failure = isOutOfMemory(error) ? 'out-of-memory' : 'failed';
      this.#reply({ kind: 'failure', id, failure, message: messageOf(error) }, []);
    }
  }

  async #execute(task: WorkerTask): Promise<Float32Array | null> {
    switch (task.kind) {
      case 'load': {
        const model = await this.#engine.load(task.artifact);
        this.#models.set(task.model, { artifact: task.artifact, model });
        return null;
      }
      case 'run': {
        const loaded = this.#models.get(task.model);
        if (loaded === undefined) throw new Error('the model is not loaded');
        return runWithinMemory(loaded.model, loaded.artifact, task.pixels, task.count);
      }
      case 'dispose': {
        await this.#models.get(task.model)?.model.dispose();
        this.#models.delete(task.model);
        return null;
      }
    }
  }
}
