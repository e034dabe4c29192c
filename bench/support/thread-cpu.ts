import { readdir, readFile } from 'node:fs/promises';

/** CPU seconds that a process has used so far, by the purpose of its threads. */
export interface ThreadCpu {
  /** The first thread, which in Node runs the event loop. */
  loop: number;
  /** The engine's worker and its runtime's threads; only these run at a lower priority. */
  engine: number;
  /** Garbage collection, compilation, the libuv thread pool. */
  helpers: number;
}

const TICKS_PER_SECOND = 100;

/**
 * Reads proc(5) for every thread; threads that have exited are not counted. Linux only.
 * @throws Error where there is no /proc
 */
export async function readThreadCpu(processId: number): Promise<ThreadCpu> {
  const folder = `/proc/${processId}/task`;
  const sum: ThreadCpu = { loop: 0, engine: 0, helpers: 0 };
  for (const thread of await readdir(folder)) {
    const stat = await readFile(`${folder}/${thread}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined) continue;
    const { seconds, nice } = parseThreadStat(stat);
    const kind = thread === String(processId) ? 'loop' : nice > 0 ? 'engine' : 'helpers';
    sum[kind] += seconds;
  }
  return sum;
}

/** @param stat a line of proc(5) `stat`; the name, in parentheses, may contain anything */
export function parseThreadStat(stat: string): { seconds: number; nice: number } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { seconds: ticks / TICKS_PER_SECOND, nice: Number(fields[16]) };
}

/** CPU milliseconds per image between two readings. */
export function cpuPerImage(before: ThreadCpu, after: ThreadCpu, images: number): ThreadCpu {
  const perImage = (kind: keyof ThreadCpu): number =>
    ((after[kind] - before[kind]) * 1000) / images;
  return { loop: perImage('loop'), engine: perImage('engine'), helpers: perImage('helpers') };
}
