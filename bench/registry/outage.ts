import { setTimeout as delay } from 'node:timers/promises';
import { promote } from '../../src/registry/promotion.ts';
import type { RegistryWriter } from '../../src/registry/registry.ts';
import type { Fault, FaultyProxy, ProxiedRequest } from '../../tests/support/fakes/faulty-proxy.ts';
import type { ServerProcess } from '../server-process.ts';
import type { CheckedLoad } from '../swaps/checked-load.ts';
import { modelsOf } from './models-answer.ts';

/** What goes wrong with which requests. */
export interface Outage {
  name: string;
  fault: (request: ProxiedRequest) => Fault | undefined;
  /** How long it lasts before the store is well again. */
  lastsMs: number;
}

export interface OutageResult {
  name: string;
  /** Requests answered meanwhile, and those that failed. */
  answered: number;
  failed: number;
  /** What `/v1/models` said while it lasted. */
  reason: string;
  /** From the store's return until the version that was promoted meanwhile served; NaN where it never did. */
  recoveryMs: number;
}

export interface OutageParts {
  server: ServerProcess;
  proxy: FaultyProxy;
  /** Reaches the store past the proxy. */
  registry: RegistryWriter;
  load: CheckedLoad;
  model: string;
  alias: string;
  pollMs: number;
}

const isDownload = ({ method, path }: ProxiedRequest) =>
  method === 'GET' && path.includes('/model.onnx');

/** A store that does not do what it should, in several ways. */
export function outages(lastsMs: number, shortMs: number): Outage[] {
  const onAll = (fault: Fault) => () => fault;
  const onDownloads = (fault: Fault) => (request: ProxiedRequest) =>
    isDownload(request) ? fault : undefined;
  return [
    { name: 'stopped', fault: onAll({ kind: 'cut', afterBytes: 0 }), lastsMs },
    {
      name: 'stopped in the middle of a download',
      fault: onDownloads({ kind: 'cut', afterBytes: 500_000 }),
      lastsMs: shortMs,
    },
    { name: 'answers 500', fault: onAll({ kind: 'refuse', status: 500 }), lastsMs: shortMs },
    { name: 'denies access', fault: onAll({ kind: 'refuse', status: 403 }), lastsMs: shortMs },
    { name: 'drips its answers', fault: onAll({ kind: 'drip' }), lastsMs: shortMs },
    { name: 'drips downloads', fault: onDownloads({ kind: 'drip' }), lastsMs: shortMs },
    {
      name: 'stalls in a download',
      fault: onDownloads({ kind: 'stall', afterBytes: 100_000 }),
      lastsMs: shortMs,
    },
  ];
}

/** Lets the store fail, promotes a version meanwhile, and measures how long the server takes once it is well. */
export async function sufferOutage(
  { name, fault, lastsMs }: Outage,
  version: number,
  parts: OutageParts,
): Promise<OutageResult> {
  const { proxy, registry, load, model, alias, server, pollMs } = parts;
  const firstRequest = load.requests.length;
  proxy.fault = fault;
  await promote(registry, version, { model, alias, by: 'bench', reason: name });
  await delay(lastsMs);
  const { reason } = await modelsOf(server);
  proxy.fault = () => undefined;
  const recoveryMs = await untilServed(version, server, 4 * pollMs);
  const meanwhile = load.requests.slice(firstRequest);
  const failed = meanwhile.filter((each) => each.fault !== undefined).length;
  return { name, answered: meanwhile.length, failed, reason: reason ?? 'nothing', recoveryMs };
}

/** @returns the time it took, or NaN where it took longer than the limit */
export async function untilServed(
  version: number,
  server: ServerProcess,
  limitMs: number,
): Promise<number> {
  const startMs = performance.now();
  while (performance.now() - startMs < limitMs) {
    if ((await modelsOf(server)).current?.version === version) return performance.now() - startMs;
    await delay(20);
  }
  return Number.NaN;
}
