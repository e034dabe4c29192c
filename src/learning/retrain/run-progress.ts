import { writeRetrainStatus, type RetrainStatus } from '../../registry/retrain-record.ts';
import { writeJournal, type Journal } from './journal.ts';

type Progress = NonNullable<RetrainStatus['progress']>;

/** The least time between two writes that only report progress. */
const PROGRESS_EVERY_MS = 1000;

/** Reports the progress of a run in a file; without a file it does nothing. */
export class StatusFile {
  readonly #file: string | undefined;
  readonly #nowMs: () => number;
  #status: RetrainStatus;
  #reportedMs = Number.NEGATIVE_INFINITY;
  #written = Promise.resolve();

  /** @param nowMs wall-clock time */
  constructor(file: string | undefined, runId: string, nowMs = Date.now) {
    this.#file = file;
    this.#nowMs = nowMs;
    const startedAt = this.#now();
    this.#status = { runId, stage: 'fetch', startedAt, stageStartedAt: startedAt };
  }

  /** Writes the file for the first time, so that a file that cannot be written fails the run at its start. */
  async begin(): Promise<void> {
    if (this.#file !== undefined) await writeRetrainStatus(this.#file, this.#status);
  }

  stage(stage: RetrainStatus['stage']): void {
    this.#write({ ...this.#status, stage, stageStartedAt: this.#now(), progress: undefined });
  }

  progress(progress: Progress): void {
    const isDue = this.#nowMs() - this.#reportedMs >= PROGRESS_EVERY_MS;
    if (isDue) this.#write({ ...this.#status, progress });
  }

  /** Adds what has become known about the run. */
  know(facts: Pick<RetrainStatus, 'version'> | Pick<RetrainStatus, 'runId'>): void {
    this.#write({ ...this.#status, ...facts });
  }

  /** Resolves when the file reports the end. */
  async end(outcome: RetrainStatus['outcome'], reasons: string[]): Promise<void> {
    this.#write({ ...this.#status, outcome, reasons });
    await this.#written;
  }

  /** A file that can no longer be written does not fail the run. */
  #write(status: RetrainStatus): void {
    this.#status = status;
    const file = this.#file;
    if (file === undefined) return;
    this.#reportedMs = this.#nowMs();
    this.#written = this.#written
      .then(() => writeRetrainStatus(file, status))
      .catch(() => undefined);
  }

  #now(): string {
    return new Date(this.#nowMs()).toISOString();
  }
}

type Stage = RetrainStatus['stage'];
type Seconds = Partial<Record<Stage, number>>;

export interface RunCourseOptions {
  journalFile: string;
  status: StatusFile;
  /** Monotonic milliseconds. */
  nowMs?: () => number;
}

/** The progress of a run: reported in its status file, and recorded in its journal once there is something to resume. */
export class RunCourse {
  readonly #options: RunCourseOptions;
  readonly #nowMs: () => number;
  #journal: Journal | undefined;
  /** In this process and, for a resumed run, in the earlier ones. */
  readonly #seconds: Seconds = {};
  #stage: { name: Stage; sinceMs: number } | undefined;

  constructor(options: RunCourseOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** Undefined until the run has begun. */
  get journal(): Journal | undefined {
    return this.#journal;
  }

  get seconds(): Seconds {
    return this.#seconds;
  }

  /** Begins a new run, or resumes one. */
  async begin(journal: Journal): Promise<void> {
    for (const [stage, time] of Object.entries(journal.seconds)) this.#add(stage as Stage, time);
    this.#journal = journal;
    this.#options.status.know({ runId: journal.runId });
    if (journal.version !== null) this.#options.status.know({ version: journal.version });
    await this.note({});
  }

  async enter(stage: Stage): Promise<void> {
    this.#leave();
    this.#stage = { name: stage, sinceMs: this.#nowMs() };
    this.#options.status.stage(stage);
    await this.note({ stage });
  }

  /** Records in the journal what has become known about the run. */
  async note(
    facts: Partial<Pick<Journal, 'stage' | 'start' | 'version' | 'outcome'>>,
  ): Promise<void> {
    if (this.#journal === undefined) return;
    this.#journal = { ...this.#journal, ...facts, seconds: { ...this.#seconds } };
    if (typeof facts.version === 'number') this.#options.status.know({ version: facts.version });
    await writeJournal(this.#options.journalFile, this.#journal);
  }

  /** Records the time of the current stage: the process ends, whether or not the run does. */
  async leave(): Promise<void> {
    this.#leave();
    await this.note({});
  }

  #leave(): void {
    if (this.#stage === undefined) return;
    this.#add(this.#stage.name, (this.#nowMs() - this.#stage.sinceMs) / 1000);
    this.#stage = undefined;
  }

  #add(stage: Stage, seconds: number): void {
    this.#seconds[stage] = (this.#seconds[stage] ?? 0) + seconds;
  }
}
