import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { Recipe } from './recipe.ts';
import type { TrainingState } from './training-state.ts';

export interface CheckpointOptions {
  checkpointFile: string;
  /** A checkpoint is written after every epoch and, within one, this long after the last. */
  checkpointIntervalMs: number;
  recipe: Recipe;
  /** Of the dataset that is trained on. */
  fingerprint: string;
  /** The version that the run starts from; none by default. */
  parent?: number | null;
  /** Ends the run after the step under way, with a checkpoint. */
  stop?: AbortSignal | undefined;
}

/** A run whose checkpoint belongs to another one. */
export class CheckpointMismatchError extends Error {
  override readonly name = 'CheckpointMismatchError';
}

/** A run that was asked to stop and has left a checkpoint. */
export class TrainingStoppedError extends Error {
  override readonly name = 'TrainingStoppedError';
}

/** Writes a run's checkpoints when they are due, and finds the one to go on from. */
export class CheckpointStore {
  readonly #options: CheckpointOptions;
  #savedAtMs = performance.now();

  constructor(options: CheckpointOptions) {
    this.#options = options;
  }

  async save(state: TrainingState): Promise<void> {
    await writeCheckpoint(this.#options.checkpointFile, state.toCheckpoint(this.#options));
    this.#savedAtMs = performance.now();
  }

  /**
   * Saves after a step where it is time to, or where the run was asked to stop.
   * @throws TrainingStoppedError once the checkpoint of a stopped run is written
   */
  async saveWithinEpoch(state: TrainingState): Promise<void> {
    const { stop, checkpointIntervalMs, checkpointFile } = this.#options;
    const stopping = stop?.aborted === true;
    if (!stopping && performance.now() - this.#savedAtMs < checkpointIntervalMs) return;
    await this.save(state);
    if (stopping) {
      throw new TrainingStoppedError(
        `stopped; ${checkpointFile} has all that was done: go on with --resume`,
      );
    }
  }

  /**
   * Brings back what the checkpoint holds; leaves the state as it is where there is none.
   * @throws CheckpointMismatchError where it is of another recipe, other photos or another start
   */
  async restore(state: TrainingState): Promise<void> {
    const { checkpointFile, recipe, fingerprint, parent } = this.#options;
    const checkpoint = await readCheckpoint(checkpointFile);
    if (checkpoint === undefined) return;
    const otherwise = 'give another --checkpoint or leave --resume out';
    if (checkpoint.recipe !== JSON.stringify(recipe)) {
      throw new CheckpointMismatchError(
        `${checkpointFile} belongs to another recipe; ${otherwise}`,
      );
    }
    if (checkpoint.fingerprint !== fingerprint) {
      throw new CheckpointMismatchError(
        `${checkpointFile} belongs to other photos, or these have changed since; ${otherwise}`,
      );
    }
    if (checkpoint.parent !== (parent ?? null)) {
      throw new CheckpointMismatchError(
        `${checkpointFile} belongs to a run that started from ${startOf(checkpoint.parent)}; ${otherwise}`,
      );
    }
    state.restore(checkpoint);
  }
}

function startOf(parent: number | null): string {
  return parent === null ? 'random weights' : `version ${parent}`;
}
