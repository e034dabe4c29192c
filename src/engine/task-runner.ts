import { messageOf } from '../common/errors.ts';
import type { Engine, EngineArtifact, EngineModel } from './engine.ts';
import { isOutOfMemory, runWithinMemory } from './out-of-memory.ts';
import type { WorkerReply, WorkerRequest, WorkerTask } from './worker-protocol.ts';

interface Loaded {
  artifact: EngineArtifact;
  model: EngineModel;
}

/** The worker's side of the protocol: carries out tasks one after the other, in the order they came. */
export class TaskRunner {
  readonly #engine: Engine;
  readonly #reply: (reply: WorkerReply, transfer: ArrayBuffer[]) => void;
  readonly #models = new Map<number, Loaded>();
  #last: Promise<void> = Promise.resolve();

  constructor(engine: Engine, reply: (reply: WorkerReply, transfer: ArrayBuffer[]) => void) {
    this.#engine = engine;
    this.#reply = reply;
  }

  /** Returns when the task's reply has been sent. */
  take(request: WorkerRequest): Promise<void> {
    this.#last = this.#last.then(() => this.#answer(request));
    return this.#last;
  }

  async #answer({ id, task }: WorkerRequest): Promise<void> {
    try {
      const output = await this.#carryOut(task);
      const transfer = output === null ? [] : [output.buffer as ArrayBuffer];
      this.#reply({ kind: 'done', id, output }, transfer);
    } catch (error) {
      const failure = isOutOfMemory(error) ? 'out-of-memory' : 'failed';
      this.#reply({ kind: 'failure', id, failure, message: messageOf(error) }, []);
    }
  }

  async #carryOut(task: WorkerTask): Promise<Float32Array | null> {
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
