import { once } from 'node:events';
import { startWorkerThread } from '../../src/common/process/worker-thread.ts';

/** Photos that another client posts, one after the other. */
export interface BystanderPhoto {
  body: Uint8Array;
  contentType: string;
}

/** What another client experienced. */
export interface Experience {
  answers: number;
  /** Statuses other than 200, and broken connections, with how often each occurred. */
  faults: Map<string, number>;
  slowestMs: number;
}

export interface BystanderOptions {
  url: string;
  photos: readonly BystanderPhoto[];
  everyMs: number;
}

/** Posted to the thread: reports the experience since the last report, or ends. */
export type BystanderRequest = 'take' | 'stop';

/**
 * Another client of an attacked server. It runs on a thread of its own, so that the work of sending the attacks does not count
 * as waiting for the server.
 */
export class Bystander {
  readonly #thread;

  constructor(options: BystanderOptions) {
    this.#thread = startWorkerThread(import.meta.url, 'bystander-thread', { workerData: options });
  }

  /** What it experienced since the last call. */
  take(): Promise<Experience> {
    return this.#ask('take');
  }

  /** Waits for its last answer. Returns what it experienced since the last call of `take`. */
  async stop(): Promise<Experience> {
    const experience = await this.#ask('stop');
    await this.#thread.terminate();
    return experience;
  }

  async #ask(request: BystanderRequest): Promise<Experience> {
    const answered = once(this.#thread, 'message') as Promise<[Experience]>;
    this.#thread.postMessage(request);
    const [experience] = await answered;
    return experience;
  }
}
