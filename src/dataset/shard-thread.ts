import { on } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { startWorkerThread } from '../common/worker-thread.ts';
import type { MissedFiles, ShardJob } from './build-shard.ts';
import type { ShardReply, ShardWorkerData } from './shard-worker.ts';

/** Builds shards, one at a time. */
export interface ShardBuilder {
  /** @param onPhotos told how many more photos are done */
  build(job: ShardJob, onPhotos: (count: number) => void): Promise<MissedFiles>;
  close(): Promise<void>;
}

/** Builds them on a thread; an error of its StorageError or CacheError keeps only its message. */
export class ShardThread implements ShardBuilder {
  readonly #worker: Worker;

  constructor(workerData: ShardWorkerData) {
    this.#worker = startWorkerThread(import.meta.url, 'shard-worker', { workerData });
  }

  async build(job: ShardJob, onPhotos: (count: number) => void): Promise<MissedFiles> {
    const replies = on(this.#worker, 'message', { close: ['exit'] });
    this.#worker.postMessage(job);
    for await (const [reply] of replies as AsyncIterable<[ShardReply]>) {
      if (reply.kind === 'done') return reply.missed;
      onPhotos(reply.count);
    }
    throw new Error(`the thread that built ${job.name} ended early`);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
