import { parentPort, workerData } from 'node:worker_threads';
import type { PreprocessSpec } from '../../inference/preprocess/spec.ts';
import { openStore, type StoreAddress } from '../../registry/store/open-store.ts';
import { buildShard, type MissedFiles, type ShardJob } from './build-shard.ts';

/** What the worker is started with. Main thread → worker: ShardJob, one at a time. */
export interface ShardWorkerData {
  source: StoreAddress;
  spec: PreprocessSpec;
}

/** Worker → main thread: how far a job is, or that it is done. Where one fails, the worker ends with its error. */
export type ShardReply = { kind: 'photos'; count: number } | { kind: 'done'; missed: MissedFiles };

/** Photos between two reports. */
const REPORT_EVERY = 64;

async function serve(): Promise<void> {
  const { source, spec } = workerData as ShardWorkerData;
  const port = parentPort!;
  const reply = (message: ShardReply) => port.postMessage(message);
  const store = await openStore(source);
  const build = async (job: ShardJob) => {
    let unreported = 0;
    const report = (limit: number) => {
      if (unreported < limit) return;
      reply({ kind: 'photos', count: unreported });
      unreported = 0;
    };
    const missed = await buildShard(job, store, spec, () => {
      unreported++;
      report(REPORT_EVERY);
    });
    report(1);
    reply({ kind: 'done', missed });
  };
  port.on('message', (job: ShardJob) => void build(job));
}

await serve();
