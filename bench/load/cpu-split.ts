import type { ServerSnapshot } from '../support/server-metrics.ts';

/** Where the server's CPU time went, in milliseconds per image. */
export interface CpuSplit {
  /** All threads. */
  readonly totalMs: number;
  /** Decoding and resampling, measured alone. */
  readonly preprocessMs: number;
  /** Every thread except the event loop's: engine worker, its runtime's pool, garbage collection, libuv. */
  readonly inferenceMs: number;
  /** The event loop's thread minus preprocessing: HTTP, forms, JSON, batching. */
  readonly restMs: number;
  /** Images per inference. */
  readonly imagesPerBatch: number;
}

/** What the server has used so far. */
export interface CpuSnapshot {
  readonly server: ServerSnapshot;
  /** NaN where the system does not count threads separately. */
  readonly eventLoopSeconds: number;
}

/**
 * Splits what was used between two snapshots.
 * @param preprocessMs CPU time of preprocessing one photo
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
