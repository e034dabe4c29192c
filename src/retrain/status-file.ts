import { writeRetrainStatus, type RetrainStatus } from '../registry/retrain-record.ts';

type Progress = NonNullable<RetrainStatus['progress']>;

/** Between two writes that tell of nothing but progress. */
const PROGRESS_EVERY_MS = 1000;

/** Tells in a file how far a run is. Where there is no file to write, nothing is told. */
export class StatusFile {
  readonly #file: string | undefined;
  readonly #nowMs: () => number;
  #status: RetrainStatus;
  #toldMs = Number.NEGATIVE_INFINITY;
  #written = Promise.resolve();

  /** @param nowMs wall-clock time */
  constructor(file: string | undefined, runId: string, nowMs = Date.now) {
    this.#file = file;
    this.#nowMs = nowMs;
    const startedAt = this.#now();
    this.#status = { runId, stage: 'fetch', startedAt, stageStartedAt: startedAt };
  }

  /** Writes it for the first time, so that a file that cannot be written is known at once. */
  async begin(): Promise<void> {
    if (this.#file !== undefined) await writeRetrainStatus(this.#file, this.#status);
  }

  stage(stage: RetrainStatus['stage']): void {
    this.#tell({ ...this.#status, stage, stageStartedAt: this.#now(), progress: undefined });
  }

  progress(progress: Progress): void {
    const isDue = this.#nowMs() - this.#toldMs >= PROGRESS_EVERY_MS;
    if (isDue) this.#tell({ ...this.#status, progress });
  }

  /** What has become known of the run. */
  know(facts: Pick<RetrainStatus, 'version'> | Pick<RetrainStatus, 'runId'>): void {
    this.#tell({ ...this.#status, ...facts });
  }

  /** Resolves when the file tells of the end. */
  async end(outcome: RetrainStatus['outcome'], reasons: string[]): Promise<void> {
    this.#tell({ ...this.#status, outcome, reasons });
    await this.#written;
  }

  /** A file that can no longer be written is no reason to give up a run. */
  #tell(status: RetrainStatus): void {
    this.#status = status;
    const file = this.#file;
    if (file === undefined) return;
    this.#toldMs = this.#nowMs();
    this.#written = this.#written
      .then(() => writeRetrainStatus(file, status))
      .catch(() => undefined);
  }

  #now(): string {
    return new Date(this.#nowMs()).toISOString();
  }
}
