import type { Worker } from 'node:worker_threads';
import { startWorkerThread } from '../../src/common/process/worker-thread.ts';
import { table } from '../../src/common/text/text-table.ts';
import type { CampaignResult, Fault } from './campaign.ts';
import { readProgress, type CampaignJob } from './campaign-worker.ts';
import { asText, extendCorpus } from './corpus.ts';
import { MAX_INPUT_BYTES } from './targets/target.ts';

export interface ParserFuzzOptions {
  /** For all parsers together. */
  minutes: number;
  seed: number;
  only: string[];
  /** Whether to add what was found to the corpus in the repository. */
  save: boolean;
}

/** A worker that does not get to its next input within this time hangs. */
const HANG_MS = 20_000;

/**
 * Fuzzes each parser of user input, guided by coverage.
 * @returns false if an input broke an invariant
 */
export async function runParserFuzz(options: ParserFuzzOptions): Promise<boolean> {
  const { minutes, only, seed, save } = options;
  const seconds = (minutes * 60) / only.length;
  const rows: string[][] = [['parser', 'inputs', 'functions', 'reached new code', 'faults']];
  const faults: [target: string, fault: Fault][] = [];
  for (const target of only) {
    const result = await runWatched({ target, seconds, seed });
    const { runs, functions, found } = result;
    rows.push([target, ...[runs, functions, found.length, result.faults.length].map(String)]);
    for (const fault of result.faults) faults.push([target, fault]);
    if (save) extendCorpus(target, found);
  }
  console.log(table(rows));
  for (const [target, { message, input }] of faults)
    console.error(`${target}: ${message}\n  input ${asText(input)}`);
  return faults.length === 0;
}

/** Runs a campaign in a thread; a parser that hangs or ends the thread is a fault with its input. */
async function runWatched(job: Omit<CampaignJob, 'shared'>): Promise<CampaignResult> {
  const shared = new SharedArrayBuffer(8 + MAX_INPUT_BYTES);
  const workerData = { ...job, shared } satisfies CampaignJob;
  const worker = startWorkerThread(import.meta.url, 'campaign-worker', { workerData });
  const stalled = new Watchdog(shared);
  try {
    return await Promise.race([resultOf(worker, shared), stalled.fault]);
  } finally {
    stalled.stop();
    await worker.terminate();
  }
}

function resultOf(worker: Worker, shared: SharedArrayBuffer): Promise<CampaignResult> {
  return new Promise((resolve) => {
    worker.once('message', (result: CampaignResult) => resolve(revive(result)));
    worker.once('error', (error) => resolve(faultOf(shared, String(error))));
    worker.once('exit', () => resolve(faultOf(shared, 'ended the thread')));
  });
}

class Watchdog {
  readonly fault: Promise<CampaignResult>;
  readonly stop: () => void;

  constructor(shared: SharedArrayBuffer) {
    let timer: NodeJS.Timeout | undefined;
    let before = -1;
    this.fault = new Promise((resolve) => {
      timer = setInterval(() => {
        const { runs } = readProgress(shared);
        if (runs > 0 && runs === before) resolve(faultOf(shared, `hangs for ${HANG_MS / 1000} s`));
        before = runs;
      }, HANG_MS);
    });
    this.stop = () => clearInterval(timer);
  }
}

function faultOf(shared: SharedArrayBuffer, message: string): CampaignResult {
  const { runs, input } = readProgress(shared);
  return { runs, functions: 0, found: [], faults: [{ input, message }] };
}

/** Buffers arrive as plain arrays of bytes. */
function revive(result: CampaignResult): CampaignResult {
  const found = result.found.map((input) => Buffer.from(input));
  const faults = result.faults.map((fault) => ({ ...fault, input: Buffer.from(fault.input) }));
  return { ...result, found, faults };
}
