import { parentPort, workerData } from 'node:worker_threads';
import type { PreprocessSpec } from '../../inference/preprocess/spec.ts';
import { openStore, type StoreAddress } from '../../registry/store/open-store.ts';
import { buildShard, DATASET_LIMITS, type FailedReads, type ShardJob } from './build-shard.ts';
import { openFramer, type FaceFraming } from './face-framing.ts';

/** Passed to the worker at its start. The main thread then posts one ShardJob at a time. */
export interface ShardWorkerData {
  source: StoreAddress;
  spec: PreprocessSpec;
  /** Undefined takes each photo for the framed face. */
  framing?: FaceFraming | undefined;
}

/** Posted to the main thread: the progress of a job or its result. If a job fails, the worker exits with the error. */
export type ShardReply =
  { kind: 'photos'; count: number } | { kind: 'done'; failedReads: FailedReads };

/** Number of photos between two progress messages. */
const PHOTOS_PER_MESSAGE = 64;

async function serve(): Promise<void> {
  const { source, spec, framing } = workerData as ShardWorkerData;
  const port = parentPort!;
  const reply = (message: ShardReply) => port.postMessage(message);
  const store = await openStore(source);
  const framer = await openFramer(spec, DATASET_LIMITS, framing);
  const build = async (job: ShardJob) => {
    let unreported = 0;
    const report = (limit: number) => {
      if (unreported < limit) return;
      reply({ kind: 'photos', count: unreported });
      unreported = 0;
    };
    const failedReads = await buildShard(job, store, framer, () => {
      unreported++;
      report(PHOTOS_PER_MESSAGE);
    });
    report(1);
    reply({ kind: 'done', failedReads });
  };
  port.on('message', (job: ShardJob) => void build(job));
}

await serve();
