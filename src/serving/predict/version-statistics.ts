import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import type { AnsweredPhoto, PhotoObserver } from './answered-photo.ts';

/** A number of events and their total time. */
export interface Tally {
  count: number;
  ms: number;
}

/** What one version has done since the server started. */
export interface VersionStatistics {
  version: number;
  lastAnswerAtMs: number;
  answered: Tally;
  failed: Tally;
  queue: Tally;
  preprocess: Tally;
  inference: Tally;
  /** Batch size → the batches of that size and their inference. */
  batches: ReadonlyMap<number, Tally>;
}

/** Bounds the memory: the oldest version is dropped for a new one. */
const MAX_VERSIONS = 16;

const none = (): Tally => ({ count: 0, ms: 0 });

/** Counts the answers and failures of each version. */
export class StatisticsCollector implements PhotoObserver {
  readonly #byVersion = new Map<number, VersionStatistics & { batches: Map<number, Tally> }>();

  observe(photo: AnsweredPhoto): void {
    const { model, batchSize, inferenceMs, queueMs, preprocessMs } = photo;
    const entry = this.#entryOf(model.manifest.version);
    const ownMs = inferenceMs / batchSize;
    entry.lastAnswerAtMs = Date.now();
    add(entry.queue, 1, queueMs);
    add(entry.preprocess, 1, preprocessMs);
    add(entry.inference, 1, ownMs);
    add(entry.answered, 1, queueMs + preprocessMs + ownMs);
    const batch = entry.batches.get(batchSize) ?? none();
    entry.batches.set(batchSize, batch);
    // Each of the batch's photos adds its share of one batch.
    add(batch, 1 / batchSize, ownMs);
  }

  observeFault(_fault: unknown, model: LoadedModel): void {
    add(this.#entryOf(model.manifest.version).failed, 1, 0);
  }

  /** Undefined where the version has neither answered nor failed. */
  of(version: number): VersionStatistics | undefined {
    return this.#byVersion.get(version);
  }

  #entryOf(version: number) {
    const known = this.#byVersion.get(version);
    if (known !== undefined) return known;
    if (this.#byVersion.size >= MAX_VERSIONS) {
      this.#byVersion.delete(this.#byVersion.keys().next().value!);
    }
    const tallies = {
      answered: none(),
      failed: none(),
      queue: none(),
      preprocess: none(),
      inference: none(),
    };
    const entry = { version, lastAnswerAtMs: 0, ...tallies, batches: new Map<number, Tally>() };
    this.#byVersion.set(version, entry);
    return entry;
  }
}

function add(tally: Tally, count: number, ms: number): void {
  tally.count += count;
  tally.ms += ms;
}
