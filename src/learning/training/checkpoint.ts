import { open, readFile, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { partialOf } from '../../registry/partial-folder.ts';
import { epochReportSchema } from './epoch-report.ts';
import type { Recipe } from './recipe.ts';

/** The progress of a run. */
const progressSchema = z.object({
  epochsDone: z.int().min(0),
  /** Number of steps completed in the current epoch, and the sum of their losses. */
  stepsDone: z.int().min(0),
  lossSum: z.number(),
  /** Total over all parts of an interrupted run. */
  trainedSeconds: z.number().min(0),
  best: z.object({ epoch: z.int(), mae: z.number() }),
  history: z.array(epochReportSchema),
});

export type Progress = z.infer<typeof progressSchema>;

const headerSchema = z.object({
  recipe: z.string(),
  /** Fingerprint of the training photos. */
  fingerprint: z.string(),
  /** The version that the run was warm-started from, or null for random weights. */
  parent: z.int().positive().nullable().default(null),
  optimizerSteps: z.int().min(0),
  averageUpdates: z.int().min(0),
  progress: progressSchema,
  lengths: z.array(z.array(z.int().min(0))),
});

/**
 * Everything that a run needs to resume. `arrays` are lists of weights: current, average, first and second moments, best.
 */
export interface Checkpoint extends Omit<z.infer<typeof headerSchema>, 'lengths'> {
  arrays: Float32Array[][];
}

/**
 * Writes a checkpoint atomically: a process that is killed midway leaves the previous one intact, and a partial file that
 * `removeAbandoned` removes.
 */
export async function writeCheckpoint(
  file: string,
  { arrays, ...rest }: Checkpoint,
): Promise<void> {
  const lengths = arrays.map((list) => list.map((values) => values.length));
  const header = Buffer.from(JSON.stringify({ ...rest, lengths }));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(header.length);
  const bodies = arrays
    .flat()
    .map((values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  const partial = partialOf(file);
  try {
    await writeParts(partial, [size, header, ...bodies]);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function writeParts(file: string, parts: readonly Buffer[]): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for (const part of parts) await handle.write(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Reads a checkpoint; returns undefined if the file does not exist. */
export async function readCheckpoint(file: string): Promise<Checkpoint | undefined> {
  const bytes = await readFile(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (bytes === undefined) return undefined;
  const headerLength = bytes.readUInt32LE(0);
  const { lengths, ...rest } = headerSchema.parse(
    JSON.parse(bytes.subarray(4, 4 + headerLength).toString()),
  );
  let offset = 4 + headerLength;
  const next = (length: number) => {
    const values = new Float32Array(length);
    Buffer.from(values.buffer).set(bytes.subarray(offset, (offset += length * 4)));
    return values;
  };
  return { ...rest, arrays: lengths.map((list) => list.map(next)) };
}

export interface CheckpointOptions {
  checkpointFile: string;
  /** A checkpoint is written after every epoch and, within an epoch, when this much time has passed since the last one. */
  checkpointIntervalMs: number;
  recipe: Recipe;
  /** Fingerprint of the training photos. */
  fingerprint: string;
  /** The version that the run is warm-started from; none by default. */
  parent?: number | null;
  /** Stops the run after the current step, once a checkpoint is written. */
  stop?: AbortSignal | undefined;
}

/** The checkpoint belongs to a different run. */
export class CheckpointMismatchError extends Error {
  override readonly name = 'CheckpointMismatchError';
}

/** The run was stopped on request and left a checkpoint. */
export class TrainingStoppedError extends Error {
  override readonly name = 'TrainingStoppedError';
}

/** The state that a checkpoint holds. */
export interface CheckpointedState {
  toCheckpoint(run: Pick<CheckpointOptions, 'recipe' | 'fingerprint' | 'parent'>): Checkpoint;
  restore(checkpoint: Checkpoint): void;
}

/** Writes the checkpoints of a run when they are due, and restores its state from one. */
export class CheckpointStore {
  readonly #options: CheckpointOptions;
  #savedAtMs = performance.now();

  constructor(options: CheckpointOptions) {
    this.#options = options;
  }

  async save(state: CheckpointedState): Promise<void> {
    await writeCheckpoint(this.#options.checkpointFile, state.toCheckpoint(this.#options));
    this.#savedAtMs = performance.now();
  }

  /**
   * Saves a checkpoint after a step if one is due or the run was asked to stop.
   * @throws TrainingStoppedError after the checkpoint of a stopped run is written
   */
  async saveWithinEpoch(state: CheckpointedState): Promise<void> {
    const { stop, checkpointIntervalMs, checkpointFile } = this.#options;
    const stopping = stop?.aborted === true;
    if (!stopping && performance.now() - this.#savedAtMs < checkpointIntervalMs) return;
    await this.save(state);
    if (stopping) {
      throw new TrainingStoppedError(
        `stopped; the progress is saved in ${checkpointFile}: continue with --resume`,
      );
    }
  }

  /**
   * Restores the state from the checkpoint; leaves it unchanged if there is none.
   * @throws CheckpointMismatchError if the checkpoint has a different recipe, different photos or a different parent
   */
  async restore(state: CheckpointedState): Promise<void> {
    const { checkpointFile, recipe, fingerprint, parent } = this.#options;
    const checkpoint = await readCheckpoint(checkpointFile);
    if (checkpoint === undefined) return;
    const advice = 'choose another --checkpoint or omit --resume';
    if (checkpoint.recipe !== JSON.stringify(recipe)) {
      throw new CheckpointMismatchError(
        `${checkpointFile} belongs to a different recipe; ${advice}`,
      );
    }
    if (checkpoint.fingerprint !== fingerprint) {
      throw new CheckpointMismatchError(
        `${checkpointFile} belongs to different photos, or the photos have changed since; ${advice}`,
      );
    }
    if (checkpoint.parent !== (parent ?? null)) {
      throw new CheckpointMismatchError(
        `${checkpointFile} belongs to a run that started from ${describeStart(checkpoint.parent)}; ${advice}`,
      );
    }
    state.restore(checkpoint);
  }
}

function describeStart(parent: number | null): string {
  return parent === null ? 'random weights' : `version ${parent}`;
}
