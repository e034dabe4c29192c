import { parentPort, workerData } from 'node:worker_threads';
import { epochBatches, type BatchOptions, type EpochPart } from './batch.ts';
import type { PhotoSet } from './photo-set.ts';
import { buffersOf, type TrainingBatch } from './training-batch.ts';

/** Passed to the worker at its start; the arrays of the photos are shared, not copied. */
export interface BatchWorkerData {
  photos: PhotoSet;
  options: BatchOptions;
  prefetch: number;
}

/** Posted to the worker: start an epoch, or one batch has been consumed. */
export type BatchRequest = { kind: 'epoch'; part: EpochPart } | { kind: 'used' };

/** Posted to the main thread; `done` ends an epoch. */
export type BatchReply = { kind: 'batch'; batch: TrainingBatch } | { kind: 'done' };

function serve(): void {
  const { photos, options, prefetch } = workerData as BatchWorkerData;
  const port = parentPort!;
  let batches: Iterator<TrainingBatch> | undefined;
  const sendNext = () => {
    const next = batches?.next();
    if (next === undefined) return;
    if (next.done === true) {
      batches = undefined;
      port.postMessage({ kind: 'done' } satisfies BatchReply);
      return;
    }
    const batch = next.value;
    port.postMessage({ kind: 'batch', batch } satisfies BatchReply, buffersOf(batch));
  };
  port.on('message', (request: BatchRequest) => {
    if (request.kind === 'used') {
      sendNext();
      return;
    }
    batches = epochBatches(photos, request.part, options);
    for (let ahead = 0; ahead < prefetch; ahead++) sendNext();
  });
}

serve();
