import { writeRetrainStatus, type RetrainStatus } from '../../registry/retrain-record.ts';
import { writeJournal, type Journal } from './journal.ts';

type Progress = NonNullable<RetrainStatus['progress']>;

/** Between two writes that tell of nothing but progress. */
const PROGRESS_EVERY_MS = 1000;

/** Tells in a file how far a run is. Where there is no file to write, nothing is told. */
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

  /** Writes it for the first time, so that a file that cannot be written is known at once. */
  async begin(): Promise<void> {
    if (this.#file !== undefined) await writeRetrainStatus(this.#file, this.#status);
  }

  stage(stage: RetrainStatus['stage']): void {
    this.#tell({ ...this.#status, stage, stageStartedAt: this.#now(), progress: undefined });
  }

  progress(progress: Progress): void {
    const isDue = this.#nowMs() - this.#reportedMs >= PROGRESS_EVERY_MS;
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

/** How far a run is: told in its status file, and noted in its journal once it has begun something to go on with. */
export class RunCourse {
  readonly #options: RunCourseOptions;
  readonly #nowMs: () => number;
  #journal: Journal | undefined;
  /** In this process and, for a run that went on, in those before. */
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

  /** A new run, or one that goes on. */
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

  /** What has become known of the run. */
  async note(
    facts: Partial<Pick<Journal, 'stage' | 'start' | 'version' | 'outcome'>>,
  ): Promise<void> {
    if (this.#journal === undefined) return;
    this.#journal = { ...this.#journal, ...facts, seconds: { ...this.#seconds } };
    if (typeof facts.version === 'number') this.#options.status.know({ version: facts.version });
    await writeJournal(this.#options.journalFile, this.#journal);
  }

  /** The process ends, whether or not the run does. */
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
