import { setTimeout as delay } from 'node:timers/promises';
import { load } from '../support/closed-loop.ts';
import type { Payload } from '../support/payload.ts';
import { takeSnapshot, type ServerSnapshot } from '../support/server-metrics.ts';
import type { ServerProcess } from '../support/server-process.ts';

const SETTLE_MS = 300;

/** One measurement: a load on one server, or spread over several. */
export interface CellOptions {
  servers: readonly ServerProcess[];
  payload: Payload;
  /** In total, over all servers. */
  connections: number;
  seconds: number;
  /** Runs during the load until it is aborted. */
  meanwhile?: (stop: AbortSignal) => Promise<void>;
}

export interface Cell {
  requestsPerSecond: number;
  imagesPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** CPU milliseconds per image, all servers. */
  cpuMs: number;
  imagesPerBatch: number;
  /** The largest server's, after the load. */
  residentMiB: number;
  errors: number;
}

export async function measureCell(options: CellOptions): Promise<Cell> {
  const { servers, payload, connections, seconds, meanwhile } = options;
  await delay(SETTLE_MS);
  const before = await snapshots(servers);
  const stop = new AbortController();
  const beside = meanwhile?.(stop.signal);
  const share = Math.max(1, Math.round(connections / servers.length));
  const results = await Promise.all(
    servers.map(({ origin }) =>
      load({ url: `${origin}/v1/predict`, payload, connections: share, seconds, keyed: true }),
    ),
  );
  stop.abort();
  await beside;
  const after = await snapshots(servers);
  const used = (of: (snapshot: ServerSnapshot) => number) =>
    after.reduce((sum, snapshot, index) => sum + of(snapshot) - of(before[index]!), 0);
  const images = used((snapshot) => snapshot.images);
  const total = (of: (result: (typeof results)[number]) => number) =>
    results.reduce((sum, result) => sum + of(result), 0);
  return {
    requestsPerSecond: total((result) => result.requestsPerSecond),
    imagesPerSecond: images / Math.max(...results.map((result) => result.seconds)),
    p50Ms: Math.max(...results.map((result) => result.p50Ms)),
    p99Ms: Math.max(...results.map((result) => result.p99Ms)),
    cpuMs: (1000 * used((snapshot) => snapshot.cpuSeconds)) / images,
    imagesPerBatch: images / used((snapshot) => snapshot.batches),
    residentMiB: Math.max(...after.map((snapshot) => snapshot.residentBytes)) / 2 ** 20,
    errors: total((result) => result.errors),
  };
}

function snapshots(servers: readonly ServerProcess[]): Promise<ServerSnapshot[]> {
  return Promise.all(servers.map(({ origin }) => takeSnapshot(origin)));
}
