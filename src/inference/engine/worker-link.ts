import { ServiceError, messageOf } from '../../common/errors.ts';
import { EngineUnavailableError, type Device } from './engine.ts';
import type { WorkerReply, WorkerRequest, WorkerTask } from './worker-protocol.ts';

/** The part of a worker thread that the link uses. */
export interface EngineThread {
  on(event: 'message', listener: (reply: WorkerReply) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  postMessage(request: WorkerRequest, transfer: readonly ArrayBuffer[]): void;
  terminate(): Promise<unknown>;
}

interface PendingTask {
  resolve: (output: Float32Array | null) => void;
  reject: (error: Error) => void;
}

/**
 * The connection to one worker thread, from its start to its end: sends tasks and matches replies to them.
 * Invariant: each task is settled; tasks pending when the thread ends are rejected at once.
 */
export class WorkerLink {
  /** Resolves when the runtime is loaded; rejects with EngineUnavailableError. */
  readonly ready: Promise<Device>;
  /** Resolves with the reason when the thread has ended. */
  readonly ended: Promise<string>;
  readonly #thread: EngineThread;
  readonly #pending = new Map<number, PendingTask>();
  #nextId = 1;
  #failure: string | undefined;
  #hasEnded = false;

  constructor(thread: EngineThread) {
    this.#thread = thread;
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
    thread.on('error', (error) => (this.#failure = messageOf(error)));
    this.ended = new Promise((resolve) => {
      thread.on('exit', (code) => {
        const reason = this.#failure ?? `the worker exited with code ${code}`;
        this.#hasEnded = true;
        refuse(new EngineUnavailableError(reason));
        // The restart is scheduled before callers whose tasks are lost learn of it and retry.
        resolve(reason);
        this.#rejectPending(reason);
      });
    });
  }

  /**
   * @returns the output of a run; null for other tasks
   * @throws ServiceError `inference_failed` if the engine failed: the thread ended or is out of memory. Error if the
   *   network or the artifact is at fault.
   */
  request(task: WorkerTask, transfer: ArrayBuffer[] = []): Promise<Float32Array | null> {
    if (this.#hasEnded) return Promise.reject(lost('the worker has ended'));
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#thread.postMessage({ id, task } satisfies WorkerRequest, transfer);
      this.#pending.set(id, { resolve, reject });
    });
  }

  /** Ends the thread once the current native call returns. */
  async end(reason?: string): Promise<void> {
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

  #rejectPending(reason: string): void {
    for (const { reject } of this.#pending.values()) reject(lost(reason));
    this.#pending.clear();
  }
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
