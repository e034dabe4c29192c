import { readdir, readFile } from 'node:fs/promises';

/** CPU seconds that a process has used so far, by what its threads are for. */
export interface ThreadCpu {
  /** The first thread: the event loop. */
  loop: number;
  /** The engine's worker and the threads of its runtime, which alone have a lower priority. */
  engine: number;
  /** Garbage collection, compilation, the thread pool. */
  helpers: number;
}

const TICKS_PER_SECOND = 100;

/** Reads proc(5) of every thread; threads that have ended are not counted. */
export async function readThreadCpu(processId: number): Promise<ThreadCpu> {
  const folder = `/proc/${processId}/task`;
  const sum: ThreadCpu = { loop: 0, engine: 0, helpers: 0 };
  for (const thread of await readdir(folder)) {
    const stat = await readFile(`${folder}/${thread}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined) continue;
    const { seconds, nice } = threadOf(stat);
    const kind = thread === String(processId) ? 'loop' : nice > 0 ? 'engine' : 'helpers';
    sum[kind] += seconds;
  }
  return sum;
}

/** @param stat a line of proc(5) `stat`; the name, in brackets, may hold anything. */
export function threadOf(stat: string): { seconds: number; nice: number } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { seconds: ticks / TICKS_PER_SECOND, nice: Number(fields[16]) };
}

/** Milliseconds an image between two readings. */
export function cpuPerImage(before: ThreadCpu, after: ThreadCpu, images: number): ThreadCpu {
  const perImage = (kind: keyof ThreadCpu): number =>
    ((after[kind] - before[kind]) * 1000) / images;
  return { loop: perImage('loop'), engine: perImage('engine'), helpers: perImage('helpers') };
}
