import { ServiceError, messageOf } from '../../common/errors.ts';
import { EngineUnavailableError, type Device } from './engine.ts';
import type { WorkerReply, WorkerRequest, WorkerTask } from './worker-protocol.ts';

/** What the link needs of a worker thread. */
export interface EngineThread {
  on(event: 'message', listener: (reply: WorkerReply) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  postMessage(request: WorkerRequest, transfer: readonly ArrayBuffer[]): void;
  terminate(): Promise<unknown>;
}

interface Held {
  resolve: (output: Float32Array | null) => void;
  reject: (error: Error) => void;
}

/**
 * One life of the worker thread: sends it tasks and matches its replies to them.
 * Invariant: each task is settled; those held when the thread ends are rejected at once.
 */
export class WorkerLink {
  /** Settles when the runtime is loaded; rejects with EngineUnavailableError. */
  readonly ready: Promise<Device>;
  /** Resolves with the reason when the thread is gone. */
  readonly ended: Promise<string>;
  readonly #thread: EngineThread;
  readonly #held = new Map<number, Held>();
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
        // Whoever restarts the worker hears of it before those whose tasks are lost and may try again.
        resolve(reason);
        this.#rejectHeld(reason);
      });
    });
  }

  /**
   * @returns the output of a run, null for other tasks.
   * @throws ServiceError `inference_failed` where the fault is the engine's: the thread ended, or its memory is
   *   spent. Error where the network or the artifact is at fault.
   */
  request(task: WorkerTask, transfer: ArrayBuffer[] = []): Promise<Float32Array | null> {
    if (this.#hasEnded) return Promise.reject(lost('the worker has ended'));
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#thread.postMessage({ id, task } satisfies WorkerRequest, transfer);
      this.#held.set(id, { resolve, reject });
    });
  }

  /** Ends the thread; a native call that runs is waited for. */
  async end(reason?: string): Promise<void> {
    this.#failure ??= reason;
    await this.#thread.terminate();
    await this.ended;
  }

  #settle(reply: Extract<WorkerReply, { id: number }>): void {
    const held = this.#held.get(reply.id);
    this.#held.delete(reply.id);
    if (reply.kind === 'done') held?.resolve(reply.output);
    else if (reply.failure === 'failed') held?.reject(new Error(reply.message));
    else held?.reject(outOfMemory(reply.message));
  }

  #rejectHeld(reason: string): void {
    for (const { reject } of this.#held.values()) reject(lost(reason));
    this.#held.clear();
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
