/** Swaps models under load: `npm run bench:swap -- --help`. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';
import { FileRegistry } from '../src/registry/file-registry.ts';
import { promote } from '../src/registry/promotion.ts';
import { probe } from './load.ts';
import { multipartPayload } from './payload.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { describeEnvironment, renderEnvironment } from './environment.ts';
import { takeSnapshot } from './server-metrics.ts';
import { CheckedLoad, readAnswer, type CheckedRequest } from './swaps/checked-load.ts';
import { compareLatencies, type SwapWindow } from './swaps/swap-windows.ts';

const help = `npm run bench:swap -- [options]

Loads the compiled service while its alias is moved to and fro between two versions whose answers differ. Fails where a
request failed, or an answer is not that of the version it names, or p99 around the swaps is more than twice as high.
  --connections N   32 by default
  --requests N      at least so many (default 20000)
  --every S         seconds between swaps (default 3)
  --keep-previous   let the previous version stay loaded (by default every swap loads anew)`;

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '32' },
    requests: { type: 'string', default: '20000' },
    every: { type: 'string', default: '3' },
    'keep-previous': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const NAME = 'face-age';
/** Belongs to the swap's window after the new version's first answer: the old one drains and is disposed. */
const AFTER_SWAP_MS = 500;
const P99_RATIO_MAX = 2;
const MEAN_TOLERANCE_YEARS = 0.05;

const registryRoot = await mkdtemp(join(tmpdir(), 'face-age-swap-'));
const registry = new FileRegistry(registryRoot);
const move = { model: NAME, alias: 'production', by: 'bench', reason: 'swap' };
const payload = multipartPayload(drawFaceJpeg({ age: 30, seed: 1 }));

/** The oldest and the latest version, and no alias yet: neighbours may have the same weights. */
async function twoVersions(): Promise<[number, number]> {
  const source = new FileRegistry(join(import.meta.dirname, '../models'));
  const all = await source.listVersions(NAME);
  const versions = [all[0], all.at(-1)].filter((version) => version !== undefined);
  if (versions[0] === versions[1]) throw new Error('models/face-age needs two versions to swap');
  for (const version of versions) {
    const { directory } = await source.fetchArtifact(NAME, version);
    await cp(directory, join(registryRoot, NAME, String(version)), { recursive: true });
  }
  return versions as [number, number];
}

/** Moves the alias and has the server look at it. */
async function swapTo(version: number, server: ServerProcess): Promise<void> {
  await promote(registry, version, move);
  process.kill(server.processId, 'SIGHUP');
}

/** Each version's answer to the photo, asked while nothing else goes on. */
async function askBoth(versions: readonly number[], server: ServerProcess) {
  const means = new Map<number, number>();
  for (const version of versions) {
    await swapTo(version, server);
    while (!means.has(version)) {
      const answer = readAnswer(await probe(`${server.origin}/v1/predict`, payload));
      if (answer.version === version) means.set(version, answer.mean);
      else await delay(20);
    }
  }
  return means;
}

async function swapUnderLoad(
  load: CheckedLoad,
  versions: readonly number[],
  server: ServerProcess,
): Promise<SwapWindow[]> {
  const windows: SwapWindow[] = [];
  await delay(Number(values.every) * 1000);
  for (let turn = 0; load.requests.length < Number(values.requests); turn++) {
    const fromMs = performance.now();
    const version = versions[turn % 2]!;
    await swapTo(version, server);
    const swappedMs = await firstAnswerOf(load, version, fromMs);
    windows.push({ fromMs, untilMs: swappedMs + AFTER_SWAP_MS });
    await delay(Math.max(0, fromMs + Number(values.every) * 1000 - performance.now()));
  }
  return windows;
}

async function firstAnswerOf(load: CheckedLoad, version: number, sinceMs: number) {
  const deadlineMs = sinceMs + 30_000;
  while (performance.now() < deadlineMs) {
    const first = load.requests.findLast((each) => each.startMs > sinceMs);
    if (first?.version === version) return first.endMs;
    await delay(10);
  }
  throw new Error(`version ${version} did not answer within 30 s of its promotion`);
}

function report(requests: readonly CheckedRequest[], windows: readonly SwapWindow[]): void {
  const faults = requests.flatMap(({ fault }) => fault ?? []);
  const latencies = compareLatencies(requests, windows);
  const ratio = latencies.swapP99Ms / latencies.steadyP99Ms;
  const ms = (value: number) => value.toFixed(1);
  console.log(
    [
      `${requests.length} requests, ${windows.length} swaps, ${faults.length} failed or wrong`,
      `steady: p50 ${ms(latencies.steadyP50Ms)} ms, p99 ${ms(latencies.steadyP99Ms)} ms`,
      `around swaps (${latencies.swapRequests} requests): p50 ${ms(latencies.swapP50Ms)} ms, p99 ${ms(latencies.swapP99Ms)} ms`,
      `p99 around swaps is ${ratio.toFixed(2)} × steady`,
    ].join('\n'),
  );
  for (const fault of new Set(faults)) console.error(fault);
  if (faults.length > 0 || !(ratio <= P99_RATIO_MAX)) process.exitCode = 1;
}

async function bench(): Promise<void> {
  const versions = await twoVersions();
  await promote(registry, versions[1], move);
  const environment = {
    ...process.env,
    MODEL_REGISTRY: registryRoot,
    KEEP_PREVIOUS_MODEL: values['keep-previous'] ? 'auto' : 'never',
    LOG_LEVEL: 'warn',
  };
  const main = join(import.meta.dirname, '../dist/src/main.js');
  const server = await startServer(main, environment);
  try {
    const means = await askBoth([...versions, ...versions], server);
    const [first, second] = versions.map((version) => means.get(version)!);
    if (Math.abs(first! - second!) < 4 * MEAN_TOLERANCE_YEARS)
      throw new Error('both versions answer the same; nothing could be told apart');
    const { model } = await takeSnapshot(server.origin);
    console.log(renderEnvironment(describeEnvironment(model)));
    console.log([...means].map(([version, mean]) => `version ${version}: ${mean}`).join(', '));
    const load = new CheckedLoad(
      { url: `${server.origin}/v1/predict`, payload, connections: Number(values.connections) },
      ({ version, mean }) => {
        const known = means.get(version);
        const right = known !== undefined && Math.abs(known - mean) < MEAN_TOLERANCE_YEARS;
        return right ? undefined : `version ${version} answered ${mean}, not ${known}`;
      },
    );
    const windows = await swapUnderLoad(load, versions, server);
    await load.stop();
    report(load.requests, windows);
  } finally {
    await server.stop();
  }
}

try {
  if (values.help) console.log(help);
  else await bench();
} finally {
  await rm(registryRoot, { recursive: true, force: true });
}
