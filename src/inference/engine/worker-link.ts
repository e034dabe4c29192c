import { systemClock, type Clock } from '../../common/clock.ts';
import { ServiceError, messageOf } from '../../common/errors.ts';
import { EngineUnavailableError, type Device } from './engine.ts';
import { EngineOverrunError, TaskWatch, type WatchedTask } from './task-watch.ts';
import type { WorkerReply, WorkerRequest, WorkerTask } from './worker-protocol.ts';

/** The part of a worker thread that the link uses. */
export interface EngineThread {
  on(event: 'message', listener: (reply: WorkerReply) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  postMessage(request: WorkerRequest, transfer: readonly ArrayBuffer[]): void;
  terminate(): Promise<unknown>;
}

interface PendingTask extends WatchedTask {
  facts: OverrunFacts;
  resolve: (output: Float32Array | null) => void;
  reject: (error: Error) => void;
}

/** A task that took longer than its limit. */
export interface OverrunFacts {
  task: WorkerTask['kind'];
  /** Pictures of a run. */
  count?: number;
  limitMs: number;
}

export interface LinkOptions {
  clock?: Clock;
  /** Called once, when a task exceeds its limit and before the pending tasks are rejected. */
  onOverrun?: (facts: OverrunFacts) => void;
}

/**
 * The connection to one worker thread, from its start to its end: sends tasks and matches replies to them. A thread
 * whose task exceeds its limit is abandoned: its native code cannot be stopped.
 * Invariant: each task is settled; tasks pending when the thread ends or is abandoned are rejected at once.
 */
export class WorkerLink {
  /** Resolves when the runtime is loaded; rejects with EngineUnavailableError. */
  readonly ready: Promise<Device>;
  /** Resolves with the reason when the thread has ended. */
  readonly ended: Promise<string>;
  readonly #thread: EngineThread;
  /** Unanswered tasks in the order in which the thread executes them. */
  readonly #pending = new Map<number, PendingTask>();
  readonly #watch: TaskWatch;
  #nextId = 1;
  #failure: string | undefined;
  #hasEnded = false;
  #overrun: EngineOverrunError | undefined;

  constructor(thread: EngineThread, { clock = systemClock, onOverrun }: LinkOptions = {}) {
    this.#thread = thread;
    this.#watch = new TaskWatch(
      clock,
      () => this.#running(),
      () => this.#abandon(onOverrun),
    );
    let becomeReady: (device: Device) => void;
    let refuse: (error: Error) => void;
    this.ready = new Promise((resolve, reject) => {
      becomeReady = resolve;
      refuse = reject;
    });
    this.ready.catch(() => undefined);
    thread.on('message', (reply: WorkerReply) => {
      if (reply.kind === 'ready') becomeReady(reply.device);
      else if (reply.kind === 'unavailable') refuse(new EngineUnavailableError(reply.message));
      else this.#settle(reply);
    });
    // The reason of `end` is the cause of the error that the thread then ends with.
    thread.on('error', (error) => (this.#failure ??= messageOf(error)));
    this.ended = new Promise((resolve) => {
      thread.on('exit', (code) => {
        const reason = this.#failure ?? `the worker exited with code ${code}`;
        this.#hasEnded = true;
        refuse(new EngineUnavailableError(reason));
        // The restart is scheduled before callers whose tasks are lost learn of it and retry.
        resolve(reason);
        this.#rejectPending(lost(reason));
      });
    });
  }

  /** Whether a task exceeded its limit, so that the thread is lost. */
  get isAbandoned(): boolean {
    return this.#overrun !== undefined;
  }

  /** The task that exceeded its limit. */
  get overrun(): EngineOverrunError | undefined {
    return this.#overrun;
  }

  /**
   * @param limitMs how long the thread may work on the task, waiting excluded
   * @returns the output of a run; null for other tasks
   * @throws ServiceError `inference_failed` if the engine failed: the thread ended, is out of memory, or exceeded a
   *   limit (see `isOverrun`). Error if the network or the artifact is at fault.
   */
  request(
    task: WorkerTask,
    limitMs: number,
    transfer: ArrayBuffer[] = [],
  ): Promise<Float32Array | null> {
    if (this.#overrun !== undefined) return Promise.reject(abandoned(this.#overrun));
    if (this.#hasEnded) return Promise.reject(lost('the worker has ended'));
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#thread.postMessage({ id, task } satisfies WorkerRequest, transfer);
      const { kind } = task;
      const count = kind === 'run' ? { count: task.count } : {};
      this.#pending.set(id, { facts: { task: kind, ...count, limitMs }, limitMs, resolve, reject });
      this.#watch.start();
    });
  }

  /** Ends the thread once the current native call returns; does not wait for a thread that is abandoned. */
  async end(reason?: string): Promise<void> {
    this.#watch.stop();
    if (this.isAbandoned) return;
    this.#failure ??= reason;
    await this.#thread.terminate();
    await this.ended;
  }

  #settle(reply: Extract<WorkerReply, { id: number }>): void {
    const task = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.kind === 'done') task?.resolve(reply.output);
    else if (reply.failure === 'failed') task?.reject(new Error(reply.message));
    else task?.reject(outOfMemory(reply.message));
  }

  /** The thread executes tasks in the order in which they were sent. */
  #running(): PendingTask | undefined {
    const [first] = this.#pending.values();
    return first;
  }

  #abandon(onOverrun: LinkOptions['onOverrun']): void {
    const { facts } = this.#running()!;
    this.#overrun = new EngineOverrunError(overrunText(facts));
    onOverrun?.(facts);
    this.#rejectPending(abandoned(this.#overrun));
    // A thread that executes JavaScript ends now; native code runs until the process ends.
    void this.#thread.terminate();
  }

  #rejectPending(error: ServiceError): void {
    this.#watch.stop();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

/** What took too long, for people. */
export function overrunText({ task, count, limitMs }: OverrunFacts): string {
  const photos = count === 1 ? '1 photo' : `${count} photos`;
  const what = { load: 'loading a network', run: `a run of ${photos}`, dispose: 'disposing' };
  return `${what[task]} took longer than ${limitMs / 1000} s`;
}

function abandoned(cause: EngineOverrunError): ServiceError {
  return new ServiceError(
    'inference_failed',
    `The engine does not respond: ${cause.message}. Send the image again.`,
    { cause, retryAfterSeconds: 5 },
  );
}

function lost(reason: string): ServiceError {
  return new ServiceError('inference_failed', 'The engine was restarted. Send the image again.', {
    cause: new Error(reason),
    retryAfterSeconds: 1,
  });
}

function outOfMemory(message: string): ServiceError {
  return new ServiceError('inference_failed', 'The engine is out of memory. Try again later.', {
    cause: new Error(message),
    retryAfterSeconds: 1,
  });
}
