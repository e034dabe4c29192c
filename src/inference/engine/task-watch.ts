import type { Clock } from '../../common/clock.ts';

/** How long an engine may take for its tasks, in milliseconds. */
export interface TaskLimits {
  /** For loading a network, and for the first run of each batch size, in which runtimes plan and allocate. */
  loadMs: number;
  /** For every later run. */
  runMs: number;
}

export const defaultTaskLimits: TaskLimits = { loadMs: 60_000, runMs: 30_000 };

/** A task took longer than its limit. Native code cannot be stopped, so its thread is lost. */
export class EngineOverrunError extends Error {
  override readonly name = 'EngineOverrunError';
}

/** Whether an error, or the cause of it, is an overrun. */
export function isOverrun(error: unknown): boolean {
  if (error instanceof EngineOverrunError) return true;
  return error instanceof Error && error.cause !== undefined && isOverrun(error.cause);
}

/** The running task of a thread. */
export interface WatchedTask {
  limitMs: number;
}

/** The largest part of a limit between two checks, and the longest time. */
const CHECKS_IN_LIMIT = 8;
const CHECK_MAX_MS = 250;

/**
 * Measures how long the running task of a thread takes, and reports it when it exceeds its limit. Only time in which
 * this process runs counts: after a pause of the process, or of its event loop, the reply may be waiting to be read.
 */
export class TaskWatch {
  readonly #clock: Clock;
  readonly #running: () => WatchedTask | undefined;
  readonly #onOverrun: (task: WatchedTask) => void;
  #task: WatchedTask | undefined;
  #ranMs = 0;
  #checkedAtMs = 0;
  #cancelCheck: (() => void) | undefined;

  /**
   * @param running the task that the thread works on now
   * @param onOverrun called once; the watch has stopped by then
   */
  constructor(
    clock: Clock,
    running: () => WatchedTask | undefined,
    onOverrun: (task: WatchedTask) => void,
  ) {
    this.#clock = clock;
    this.#running = running;
    this.#onOverrun = onOverrun;
  }

  /** Call it when a task is sent; the watch stops by itself when there is none. */
  start(): void {
    if (this.#cancelCheck !== undefined) return;
    this.#begin(this.#running());
    this.#scheduleCheck();
  }

  stop(): void {
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
    this.#task = undefined;
  }

  #begin(task: WatchedTask | undefined): void {
    this.#task = task;
    this.#ranMs = 0;
    this.#checkedAtMs = this.#clock.now();
  }

  #scheduleCheck(): void {
    this.#cancelCheck = this.#clock.after(this.#intervalMs(), () => this.#check());
  }

  #intervalMs(): number {
    return Math.min(CHECK_MAX_MS, (this.#task?.limitMs ?? Infinity) / CHECKS_IN_LIMIT);
  }

  #check(): void {
    this.#cancelCheck = undefined;
    const running = this.#running();
    if (running === undefined) {
      this.stop();
      return;
    }
    if (running === this.#task) {
      const nowMs = this.#clock.now();
      this.#ranMs += Math.min(nowMs - this.#checkedAtMs, 2 * this.#intervalMs());
      this.#checkedAtMs = nowMs;
    } else this.#begin(running);
    if (this.#ranMs > running.limitMs) this.#onOverrun(running);
    else this.#scheduleCheck();
  }
}
