import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { startWorkerThread } from '../../../common/process/worker-thread.ts';
import type { BatchOptions, EpochPart } from './batch.ts';
import type { TrainingBatch } from './training-batch.ts';
import type { BatchReply, BatchRequest, BatchWorkerData } from './batch-worker.ts';
import type { PhotoSet } from './photo-set.ts';

const PREFETCH_BATCHES = 6;

/** Produces batches ahead of time on a worker thread, so that TensorFlow does not wait for them. */
export class BatchSource {
  /** Total time spent waiting for batches. */
  waitedMs = 0;
  readonly #worker: Worker;
  readonly #ready: BatchReply[] = [];

  constructor(photos: PhotoSet, options: BatchOptions) {
    const workerData: BatchWorkerData = { photos, options, prefetch: PREFETCH_BATCHES };
    this.#worker = startWorkerThread(import.meta.url, 'batch-worker', { workerData });
    this.#worker.on('message', (reply: BatchReply) => this.#ready.push(reply));
  }

  /** Yields the batches of an epoch or of the rest of it. Read one epoch to its end before starting the next. */
  async *epoch(part: EpochPart): AsyncGenerator<TrainingBatch> {
    this.#send({ kind: 'epoch', part });
    for (;;) {
      const reply = await this.#next();
      if (reply.kind === 'done') return;
      this.#send({ kind: 'used' });
      yield reply.batch;
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(request: BatchRequest): void {
    this.#worker.postMessage(request);
  }

  async #next(): Promise<BatchReply> {
    const startMs = performance.now();
    // Pending messages are delivered only when this thread returns to its event loop.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#ready.length === 0) await once(this.#worker, 'message');
    this.waitedMs += performance.now() - startMs;
    return this.#ready.shift()!;
  }
}
