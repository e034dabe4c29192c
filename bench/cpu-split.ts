import { readFile } from 'node:fs/promises';
import type { ServerSnapshot } from './server-metrics.ts';

/** Where the server's CPU time went, in milliseconds per image. */
export interface CpuSplit {
  /** All threads. */
  readonly totalMs: number;
  /** Decoding and resampling, measured alone. */
  readonly preprocessMs: number;
  /** Every thread but the event loop's: engine worker, its runtime's pool, garbage collection, libuv. */
  readonly inferenceMs: number;
  /** The event loop's thread less preprocessing: HTTP, forms, JSON, batching. */
  readonly restMs: number;
  /** Images per inference. */
  readonly imagesPerBatch: number;
}

/** What the server has used so far. */
export interface CpuSnapshot {
  readonly server: ServerSnapshot;
  /** NaN where the system does not tell threads apart. */
  readonly eventLoopSeconds: number;
}

/**
 * The split of what was used between two snapshots.
 * @param preprocessMs CPU of preprocessing one photo
 */
export function splitCpu(before: CpuSnapshot, after: CpuSnapshot, preprocessMs: number): CpuSplit {
  const images = after.server.images - before.server.images;
  const perImage = (from: number, to: number) => ((to - from) * 1000) / images;
  const totalMs = perImage(before.server.cpuSeconds, after.server.cpuSeconds);
  const eventLoopMs = perImage(before.eventLoopSeconds, after.eventLoopSeconds);
  return {
    totalMs,
    preprocessMs,
    inferenceMs: totalMs - eventLoopMs,
    restMs: eventLoopMs - preprocessMs,
    imagesPerBatch: images / (after.server.batches - before.server.batches),
  };
}

/** CPU seconds of a process's first thread, which in Node runs the event loop (proc(5): utime + stime). */
export async function eventLoopCpuSeconds(processId: number): Promise<number> {
  const path = `/proc/${processId}/task/${processId}/stat`;
  const stat = await readFile(path, 'utf8').catch(() => undefined);
  return stat === undefined ? Number.NaN : threadCpuSeconds(stat);
}

/** @param stat a line of proc(5) `stat`; the name, in brackets, may hold anything. */
export function threadCpuSeconds(stat: string): number {
  const ticksPerSecond = 100;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
