import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Memory and CPU time of a process and all that it started. */
export interface TreeUsage {
  /** Proportional share of resident memory, so that what processes share counts once. */
  bytes: number;
  /** Of the processes that run now, and of those that have ended. */
  cpuSeconds: number;
}

const TICKS_PER_SECOND = 100;
const SAMPLE_EVERY_MS = 50;

/** Reads proc(5). Linux only. */
export async function readTree(processId: number): Promise<TreeUsage> {
  const parents = await readParents();
  const members = [processId];
  for (const member of members) {
    for (const [child, parent] of parents) if (parent === member) members.push(child);
  }
  const usages = await Promise.all(members.map(readProcess));
  return {
    bytes: usages.reduce((sum, { bytes }) => sum + bytes, 0),
    cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  };
}

async function readParents(): Promise<Map<number, number>> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(names.map((name) => readFields(Number(name))));
  return new Map(names.map((name, index) => [Number(name), Number(stats[index]?.[1])]));
}

async function readProcess(processId: number): Promise<TreeUsage> {
  const [fields, memory] = await Promise.all([
    readFields(processId),
    readFile(`/proc/${processId}/smaps_rollup`, 'utf8').catch(() => ''),
  ]);
  const ticks = (fields ?? []).slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const kilobytes = Number(/^Pss:\s+(\d+) kB$/m.exec(memory)?.[1] ?? 0);
  return { bytes: kilobytes * 1024, cpuSeconds: ticks / TICKS_PER_SECOND };
}

/** The fields of `stat` after the name, which may contain anything; undefined if the process has ended. */
async function readFields(processId: number): Promise<string[] | undefined> {
  const stat = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Samples the memory of a process tree until it is stopped. */
export class PeakSampler {
  readonly #processId: number;
  readonly #loop: Promise<void>;
  #last: TreeUsage = { bytes: 0, cpuSeconds: 0 };
  #peakBytes = 0;
  #stopped = false;

  constructor(processId: number) {
    this.#processId = processId;
    this.#loop = this.#run();
  }

  async stop(): Promise<{ peakBytes: number; last: TreeUsage }> {
    this.#stopped = true;
    await this.#loop;
    return { peakBytes: this.#peakBytes, last: this.#last };
  }

  async #run(): Promise<void> {
    do {
      this.#last = await readTree(this.#processId);
      this.#peakBytes = Math.max(this.#peakBytes, this.#last.bytes);
      await delay(SAMPLE_EVERY_MS);
    } while (!this.#stopped);
  }
}
