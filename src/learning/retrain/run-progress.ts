import { writeRetrainStatus, type RetrainStatus } from '../../registry/retrain-record.ts';
import { writeJournal, type Journal } from './journal.ts';

type Progress = NonNullable<RetrainStatus['progress']>;

/** The minimum interval between two writes that only report progress. */
const PROGRESS_EVERY_MS = 1000;

/** Writes the progress of a run to a file; does nothing without a file. */
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

  /** Writes the file for the first time; fails if it cannot be written, so that the run fails at its start. */
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

  /** Adds facts about the run to the status. */
  addFacts(facts: Pick<RetrainStatus, 'version'> | Pick<RetrainStatus, 'runId'>): void {
    this.#write({ ...this.#status, ...facts });
  }

  /** Resolves when the outcome has been written. */
  async end(outcome: RetrainStatus['outcome'], reasons: string[]): Promise<void> {
    this.#write({ ...this.#status, outcome, reasons });
    await this.#written;
  }

  /** Ignores write errors, so that they do not fail the run. */
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

/** Tracks the progress of a run: in its status file, and in its journal once there is something to resume. */
export class RunCourse {
  readonly #options: RunCourseOptions;
  readonly #nowMs: () => number;
  #journal: Journal | undefined;
  /** Including the earlier processes of a resumed run. */
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
    this.#options.status.addFacts({ runId: journal.runId });
    if (journal.version !== null) this.#options.status.addFacts({ version: journal.version });
    await this.note({});
  }

  async enter(stage: Stage): Promise<void> {
    this.#leave();
    this.#stage = { name: stage, sinceMs: this.#nowMs() };
    this.#options.status.stage(stage);
    await this.note({ stage });
  }

  /** Records facts about the run in the journal. */
  async note(
    facts: Partial<Pick<Journal, 'stage' | 'start' | 'version' | 'outcome'>>,
  ): Promise<void> {
    if (this.#journal === undefined) return;
    this.#journal = { ...this.#journal, ...facts, seconds: { ...this.#seconds } };
    if (typeof facts.version === 'number')
      this.#options.status.addFacts({ version: facts.version });
    await writeJournal(this.#options.journalFile, this.#journal);
  }

  /** Ends the current stage and records its time; called before the process exits. */
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
