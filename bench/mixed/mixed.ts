import { setTimeout as delay } from 'node:timers/promises';
import { runCampaign } from '../fuzz/run-campaign.ts';
import { publishCopies, withRegistry, type BenchRegistry } from '../support/bench-registry.ts';
import { CheckedLoad } from '../support/checked-load.ts';
import { collectedResidentBytes, probedNodeOptions } from '../support/memory-probe.ts';
import { multipartPayload, readPhoto } from '../support/payload.ts';
import { takeSnapshot } from '../support/server-metrics.ts';
import { withServer, type ServerProcess } from '../support/server-process.ts';
import { spreadOf } from '../support/statistics.ts';

export interface MixedOptions {
  minutes: number;
}

const SWAP_EVERY_MS = 20_000;
const HOSTILE_REQUESTS_PER_SEED = 500;
const GROWTH_MAX = 0.1;
const LOOP_DELAY_MAX_MS = 20;

/**
 * Good photos, hostile requests and swaps at the same time.
 * @returns false if a good photo failed, the fuzzer found a fault, memory grew, or the event loop was delayed too long
 */
export function runMixed(options: MixedOptions): Promise<boolean> {
  return withRegistry(async (target) => {
    const versions = await publishCopies(target.registry, 3);
    await target.move('production', versions[0]!);
    const settings = {
      ...{ MODEL_REGISTRY: target.root, LOG_LEVEL: 'fatal', NODE_OPTIONS: probedNodeOptions },
      // As in the image.
      MALLOC_ARENA_MAX: '2',
    };
    return withServer({ ...process.env, ...settings }, (server) =>
      mix(server, { target, versions, deadlineMs: performance.now() + options.minutes * 60_000 }),
    );
  });
}

interface Parts {
  target: BenchRegistry;
  versions: readonly number[];
  deadlineMs: number;
}

async function mix(server: ServerProcess, parts: Parts): Promise<boolean> {
  const url = `${server.origin}/v1/predict`;
  const payload = multipartPayload(await readPhoto());
  const good = new CheckedLoad({ url, payload, connections: 2 });
  const [hostile, observed] = await Promise.all([
    attackUntil(parts.deadlineMs, Number(new URL(server.origin).port)),
    swapUntil(server, parts),
  ]);
  await good.stop();
  const failed = good.faults();
  console.log(
    `${good.requests.length} good requests, ${failed.length} failed; ${hostile.requests} hostile requests, ` +
      `${hostile.faults.size} kinds of fault; ${observed.residentBytes.length} swaps`,
  );
  const isSteady = reportCourse(observed);
  for (const fault of [...new Set(failed), ...hostile.faults.keys()]) console.error(fault);
  return failed.length + hostile.faults.size === 0 && isSteady;
}

async function attackUntil(deadlineMs: number, port: number) {
  const faults = new Map<string, number>();
  let requests = 0;
  for (let seed = 1; performance.now() < deadlineMs; seed++) {
    const options = { port, requests: HOSTILE_REQUESTS_PER_SEED, seed, concurrency: 2 };
    const result = await runCampaign(options);
    requests += result.requests;
    for (const [fault, count] of result.faults) faults.set(fault, (faults.get(fault) ?? 0) + count);
  }
  return { requests, faults };
}

/** What was observed before each swap. */
interface Course {
  residentBytes: number[];
  /** p99 since the previous swap, or since a hostile request read the metrics. */
  loopDelayMs: number[];
}

async function swapUntil(
  { processId, origin }: ServerProcess,
  { target, versions, deadlineMs }: Parts,
): Promise<Course> {
  const course: Course = { residentBytes: [], loopDelayMs: [] };
  for (let swap = 1; performance.now() < deadlineMs; swap++) {
    await delay(Math.min(SWAP_EVERY_MS, Math.max(0, deadlineMs - performance.now())));
    course.residentBytes.push(await collectedResidentBytes(processId));
    course.loopDelayMs.push((await takeSnapshot(origin)).eventLoopDelayP99Ms);
    await target.move('production', versions[swap % versions.length]!);
    process.kill(processId, 'SIGHUP');
  }
  return course;
}

/** Compares memory in the second fifth of the time with the last. @returns whether memory and event loop are steady */
function reportCourse({ residentBytes, loopDelayMs }: Course): boolean {
  const fifth = Math.max(1, Math.floor(residentBytes.length / 5));
  const early = spreadOf(residentBytes.slice(fifth, 2 * fifth)).median;
  const late = spreadOf(residentBytes.slice(-fifth)).median;
  const growth = late / early - 1;
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const percent = (100 * growth).toFixed(1);
  console.log(`resident memory before each swap: ${residentBytes.map(mebibytes).join(', ')}`);
  console.log(`resident memory: ${mebibytes(early)} → ${mebibytes(late)} (${percent} %)`);
  const { median, low, high } = spreadOf(loopDelayMs);
  const range = `${low.toFixed(1)} … ${high.toFixed(1)}`;
  console.log(`event loop p99 delay: ${median.toFixed(1)} ms (${range})`);
  return !(growth > GROWTH_MAX) && median < LOOP_DELAY_MAX_MS;
}
