import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { runCampaign, type CampaignResult } from './campaign.ts';
import { readCorpus } from './corpus.ts';
import { targets } from './targets/targets.ts';

export interface CampaignJob {
  target: string;
  seconds: number;
  seed: number;
  /** The number of inputs so far, then the length and the bytes of the current one. */
  shared: SharedArrayBuffer;
}

const HEADER_BYTES = 8;

/** The input that the worker is at, with the number of inputs so far. */
export function readProgress(shared: SharedArrayBuffer): { runs: number; input: Buffer } {
  const [runs, length] = new Int32Array(shared, 0, 2);
  return { runs: runs!, input: Buffer.from(Buffer.from(shared, HEADER_BYTES, length)) };
}

/** Runs one campaign in this thread, which can be stopped while a parser hangs. */
async function work(job: CampaignJob): Promise<CampaignResult> {
  const target = targets.find(({ name }) => name === job.target)!;
  const counters = new Int32Array(job.shared, 0, 2);
  const current = Buffer.from(job.shared, HEADER_BYTES);
  const endAtMs = performance.now() + job.seconds * 1000;
  return runCampaign({
    target,
    corpus: readCorpus(target.name),
    seed: job.seed,
    goesOn: () => performance.now() < endAtMs,
    onInput: (input) => {
      counters[1] = input.copy(current);
      Atomics.add(counters, 0, 1);
    },
  });
}

parentPort?.postMessage(await work(workerData as CampaignJob));
