import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  modelName,
  shippedRegistry,
  withRegistry,
  type BenchRegistry,
} from '../support/bench-registry.ts';
import { CheckedLoad, parseAnswer, type CheckedRequest } from '../support/checked-load.ts';
import { probe } from '../support/closed-loop.ts';
import { reportEnvironment } from '../support/environment.ts';
import { multipartPayload, readPhoto, type Payload } from '../support/payload.ts';
import { withServer, type ServerProcess } from '../support/server-process.ts';
import { percentile } from '../support/statistics.ts';

export interface SwapOptions {
  connections: number;
  /** The run lasts until this many requests have been answered. */
  requests: number;
  /** Seconds between swaps. */
  every: number;
  /** Keeps the previous version loaded; otherwise every swap loads its version again. */
  keepPrevious: boolean;
}

/** Part of the swap's window after the new version's first answer, while the old version drains and is disposed. */
const AFTER_SWAP_MS = 500;
const P99_RATIO_MAX = 2;
const MEAN_TOLERANCE_YEARS = 0.05;

/** From the moment an alias is moved until some time after the new version's first answer. */
interface SwapWindow {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What a scene works on. */
interface Scene {
  options: SwapOptions;
  server: ServerProcess;
  payload: Payload;
  versions: readonly number[];
  swapTo: (version: number) => Promise<void>;
}

/**
 * Swaps between two versions under load.
 * @returns false if a request failed, an answer was not that of the version it names, or p99 around swaps is too high
 */
export function runSwap(options: SwapOptions): Promise<boolean> {
  return withRegistry(async (target) => {
    const versions = await copyTwoVersions(target);
    await target.move('production', versions[1]!);
    const environment = {
      ...process.env,
      MODEL_REGISTRY: target.root,
      KEEP_PREVIOUS_MODEL: options.keepPrevious ? 'auto' : 'never',
      LOG_LEVEL: 'warn',
    };
    return withServer(environment, async (server) => {
      const payload = multipartPayload(await readPhoto());
      const swapTo = async (version: number) => {
        await target.move('production', version);
        process.kill(server.processId, 'SIGHUP');
      };
      return swapAndReport({ options, server, payload, versions, swapTo });
    });
  });
}

/** The oldest and the newest version, because neighbors may have the same weights. */
async function copyTwoVersions({ root }: BenchRegistry): Promise<number[]> {
  const source = shippedRegistry();
  const all = await source.listVersions(modelName);
  if (all.length < 2) throw new Error('models/face-age needs two versions to swap');
  const versions = [all[0]!, all.at(-1)!];
  for (const version of versions) {
    const { directory } = await source.fetchArtifact(modelName, version);
    await cp(directory, join(root, modelName, String(version)), { recursive: true });
  }
  return versions;
}

async function swapAndReport(scene: Scene): Promise<boolean> {
  const { server, options, payload } = scene;
  const means = await askEachVersion(scene);
  await reportEnvironment(server.origin);
  console.log([...means].map(([version, mean]) => `version ${version}: ${mean}`).join(', '));
  const load = new CheckedLoad(
    { url: `${server.origin}/v1/predict`, payload, connections: options.connections },
    ({ version, mean }) => {
      const known = means.get(version);
      const right = known !== undefined && Math.abs(known - mean) < MEAN_TOLERANCE_YEARS;
      return right ? undefined : `version ${version} answered ${mean}, not ${known}`;
    },
  );
  const windows = await swapUnderLoad(load, scene);
  await load.stop();
  return report(load, windows);
}

/**
 * Each version's answer to the photo, without other load; twice, so that both are warm.
 * @throws Error if the answers are too close to identify the version
 */
async function askEachVersion({ versions, server, payload, swapTo }: Scene) {
  const means = new Map<number, number>();
  for (const version of [...versions, ...versions]) {
    await swapTo(version);
    for (let answered = false; !answered;) {
      const answer = parseAnswer(await probe(`${server.origin}/v1/predict`, payload));
      answered = answer.version === version;
      if (answered) means.set(version, answer.mean);
      else await delay(20);
    }
  }
  const [first, second] = versions.map((version) => means.get(version)!);
  if (Math.abs(first! - second!) < 4 * MEAN_TOLERANCE_YEARS)
    throw new Error('both versions give the same answer, so answers do not identify the version');
  return means;
}

async function swapUnderLoad(load: CheckedLoad, scene: Scene): Promise<SwapWindow[]> {
  const { versions, options, swapTo } = scene;
  const windows: SwapWindow[] = [];
  await delay(options.every * 1000);
  for (let turn = 0; load.requests.length < options.requests; turn++) {
    const fromMs = performance.now();
    const version = versions[turn % 2]!;
    await swapTo(version);
    const swappedMs = await firstAnswerMs(load, version, fromMs);
    windows.push({ fromMs, untilMs: swappedMs + AFTER_SWAP_MS });
    await delay(Math.max(0, fromMs + options.every * 1000 - performance.now()));
  }
  return windows;
}

async function firstAnswerMs(load: CheckedLoad, version: number, sinceMs: number): Promise<number> {
  const deadlineMs = sinceMs + 30_000;
  while (performance.now() < deadlineMs) {
    const last: CheckedRequest | undefined = load.requests.findLast(
      (each) => each.startMs > sinceMs,
    );
    if (last?.version === version) return last.endMs;
    await delay(10);
  }
  throw new Error(`version ${version} did not answer within 30 s of its promotion`);
}

/** Splits the latencies into those of requests in flight during a window and those of all others, each sorted. */
function splitLatencies(requests: readonly CheckedRequest[], windows: readonly SwapWindow[]) {
  const isNearSwap = ({ startMs, endMs }: CheckedRequest) =>
    windows.some(({ fromMs, untilMs }) => endMs >= fromMs && startMs <= untilMs);
  const latencies = (some: readonly CheckedRequest[]) =>
    Float64Array.from(some, ({ startMs, endMs }) => endMs - startMs).sort();
  return {
    swap: latencies(requests.filter(isNearSwap)),
    steady: latencies(requests.filter((each) => !isNearSwap(each))),
  };
}

function report(load: CheckedLoad, windows: readonly SwapWindow[]): boolean {
  const faults = load.faults();
  const { swap, steady } = splitLatencies(load.requests, windows);
  const ratio = percentile(swap, 0.99) / percentile(steady, 0.99);
  const shown = (latencies: Float64Array) =>
    `p50 ${percentile(latencies, 0.5).toFixed(1)} ms, p99 ${percentile(latencies, 0.99).toFixed(1)} ms`;
  console.log(
    [
      `${load.requests.length} requests, ${windows.length} swaps, ${faults.length} failed or wrong`,
      `steady: ${shown(steady)}`,
      `around swaps (${swap.length} requests): ${shown(swap)}`,
      `p99 around swaps is ${ratio.toFixed(2)} × steady`,
    ].join('\n'),
  );
  for (const fault of new Set(faults)) console.error(fault);
  return faults.length === 0 && ratio <= P99_RATIO_MAX;
}
