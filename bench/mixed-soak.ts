/** Everything at once for a long time: `npm run bench:mixed -- --help`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';
import { FileRegistry } from '../src/registry/file-registry.ts';
import { promote } from '../src/registry/promotion.ts';
import { fuzz } from './fuzz/run.ts';
import { multipartPayload } from './payload.ts';
import { publishCopies } from './registry/copies.ts';
import { takeSnapshot } from './server-metrics.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { spreadOf } from './statistics.ts';
import { CheckedLoad } from './swaps/checked-load.ts';
import { probedNodeOptions, residentBytesOf } from './swaps/memory-probe.ts';

const help = `npm run bench:mixed -- [--minutes 30]

Loads the compiled service with good photos over two connections and hostile requests over two more, and swaps its model
every 20 seconds. Fails where a good photo was not answered, a hostile request brought about what none may, memory
grew by more than a tenth between the second fifth of the time and the last, or the event loop's p99 delay, at a
resolution of 1 ms, was 20 ms or more in half of the stretches between two swaps.`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    help: { type: 'boolean', default: false },
  },
});

const NAME = 'face-age';
const SWAP_EVERY_MS = 20_000;
const HOSTILE_AT_A_TIME = 500;
const GROWTH_MAX = 0.1;
const LOOP_DELAY_MAX_MS = 20;
const move = { model: NAME, alias: 'production', by: 'bench', reason: 'soak' };

async function attackUntil(deadlineMs: number, port: number) {
  const faults = new Map<string, number>();
  let requests = 0;
  for (let seed = 1; performance.now() < deadlineMs; seed++) {
    const round = await fuzz({ port, requests: HOSTILE_AT_A_TIME, seed, concurrency: 2 });
    requests += round.requests;
    for (const [fault, count] of round.faults) faults.set(fault, (faults.get(fault) ?? 0) + count);
  }
  return { requests, faults };
}

/** What was seen before each swap. */
interface Course {
  residentBytes: number[];
  /** p99 since the swap before, or since a hostile request asked for the metrics. */
  loopDelayMs: number[];
}

async function swapUntil(
  deadlineMs: number,
  { processId, origin }: ServerProcess,
  registry: FileRegistry,
  versions: readonly number[],
): Promise<Course> {
  const course: Course = { residentBytes: [], loopDelayMs: [] };
  for (let swap = 1; performance.now() < deadlineMs; swap++) {
    await delay(Math.min(SWAP_EVERY_MS, Math.max(0, deadlineMs - performance.now())));
    course.residentBytes.push(await residentBytesOf(processId));
    course.loopDelayMs.push((await takeSnapshot(origin)).eventLoopDelayP99Ms);
    await promote(registry, versions[swap % versions.length]!, move);
    process.kill(processId, 'SIGHUP');
  }
  return course;
}

function growthOf(memory: readonly number[]): number {
  const fifth = Math.max(1, Math.floor(memory.length / 5));
  const early = spreadOf(memory.slice(fifth, 2 * fifth)).median;
  const late = spreadOf(memory.slice(-fifth)).median;
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const percent = (100 * (late / early - 1)).toFixed(1);
  console.log(`resident memory before each swap: ${memory.map(mebibytes).join(', ')}`);
  console.log(`resident memory: ${mebibytes(early)} → ${mebibytes(late)} (${percent} %)`);
  return late / early - 1;
}

async function soak(server: ServerProcess, registry: FileRegistry, versions: readonly number[]) {
  const deadlineMs = performance.now() + Number(values.minutes) * 60_000;
  const payload = multipartPayload(drawFaceJpeg({ age: 30, seed: 1 }));
  const good = new CheckedLoad(
    { url: `${server.origin}/v1/predict`, payload, connections: 2 },
    () => undefined,
  );
  const [hostile, { residentBytes, loopDelayMs }] = await Promise.all([
    attackUntil(deadlineMs, Number(new URL(server.origin).port)),
    swapUntil(deadlineMs, server, registry, versions),
  ]);
  await good.stop();
  const failed = good.requests.flatMap(({ fault }) => fault ?? []);
  console.log(
    `${good.requests.length} good requests, ${failed.length} failed; ${hostile.requests} hostile ones, ` +
      `${hostile.faults.size} kinds of fault; ${residentBytes.length} swaps`,
  );
  const growth = growthOf(residentBytes);
  const delay = spreadOf(loopDelayMs);
  console.log(
    `event loop p99 delay: ${delay.median.toFixed(1)} ms (${delay.low.toFixed(1)} … ${delay.high.toFixed(1)})`,
  );
  for (const fault of [...new Set(failed), ...hostile.faults.keys()]) console.error(fault);
  if (
    failed.length + hostile.faults.size > 0 ||
    growth > GROWTH_MAX ||
    !(delay.median < LOOP_DELAY_MAX_MS)
  )
    process.exitCode = 1;
}

async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'face-age-mixed-'));
  const registry = new FileRegistry(folder);
  const { versions } = await publishCopies(registry, NAME, 3);
  await promote(registry, versions[0]!, move);
  const settings = {
    ...{ MODEL_REGISTRY: folder, LOG_LEVEL: 'fatal', NODE_OPTIONS: probedNodeOptions },
    // As in the image.
    MALLOC_ARENA_MAX: '2',
  };
  const main = join(import.meta.dirname, '../dist/src/main.js');
  const server = await startServer(main, { ...process.env, ...settings });
  try {
    await soak(server, registry, versions);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

if (values.help) console.log(help);
else await bench();
