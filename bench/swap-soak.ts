/** Swaps good and bad models for a long time: `npm run bench:soak -- --help`. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { readConfig } from '../src/common/config/config.ts';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';
import { registryOf } from '../src/registry/open-registry.ts';
import { promote } from '../src/registry/promotion.ts';
import type { RegistryWriter } from '../src/registry/registry.ts';
import { multipartPayload } from './payload.ts';
import { publishCopies } from './registry/copies.ts';
import { modelsOf, type ModelsAnswer } from './registry/models-answer.ts';
import { startOwnS3 } from './registry/own-s3.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { spreadOf } from './statistics.ts';
import { putBadVersions, type PublishedBadVersion } from './swaps/bad-versions.ts';
import { CheckedLoad } from './swaps/checked-load.ts';
import { probedNodeOptions, residentBytesOf } from './swaps/memory-probe.ts';

const help = `npm run bench:soak -- [--swaps 100]

Moves the alias of the compiled service, whose models are in a bucket of a real S3 server on loopback, to good and bad
versions in turn, under a little load. Fails where a request failed or was answered by another version than a good one,
where a bad version is not refused, where memory grows by more than a tenth, or where the cache keeps what it should not.`;

const { values } = parseArgs({
  options: {
    swaps: { type: 'string', default: '100' },
    help: { type: 'boolean', default: false },
  },
});

const NAME = 'face-age';
const GOOD_VERSIONS = 6;
const GROWTH_MAX = 0.1;
const TIMEOUT_MS = 60_000;
const move = { model: NAME, alias: 'production', by: 'bench', reason: 'soak' };

/** Waits until the server serves or refuses the version. */
async function outcomeOf(version: number, server: ServerProcess): Promise<ModelsAnswer> {
  const deadlineMs = performance.now() + TIMEOUT_MS;
  while (performance.now() < deadlineMs) {
    const answer = await modelsOf(server);
    const decided = answer.state === 'serving' || answer.state === 'failed';
    if (answer.desired?.version === version && decided) return answer;
    await delay(20);
  }
  throw new Error(`version ${version} was neither served nor refused within a minute`);
}

async function swapTo(version: number, registry: RegistryWriter, server: ServerProcess) {
  await promote(registry, version, move);
  process.kill(server.processId, 'SIGHUP');
  return outcomeOf(version, server);
}

/** @returns resident memory after each good swap, and what went wrong */
async function soak(
  server: ServerProcess,
  registry: RegistryWriter,
  good: readonly number[],
  bad: readonly PublishedBadVersion[],
) {
  const memory: number[] = [];
  const faults: string[] = [];
  const refusals = new Map<string, string>();
  for (let swap = 0; swap < Number(values.swaps); swap++) {
    const version = good[swap % good.length]!;
    const served = await swapTo(version, registry, server);
    if (served.state !== 'serving') faults.push(`version ${version}: ${served.reason}`);
    const { kind, version: badVersion } = bad[swap % bad.length]!;
    const refused = await swapTo(badVersion, registry, server);
    if (refused.state !== 'failed' || refused.current?.version !== version)
      faults.push(`${kind} was not refused: ${JSON.stringify(refused)}`);
    refusals.set(kind, refused.reason ?? '');
    memory.push(await residentBytesOf(server.processId));
  }
  return { memory, faults, refusals };
}

/** Names below the cache that should not be there: partial files, and versions but those that are kept. */
async function strayFiles(cacheDir: string, kept: ReadonlySet<number>): Promise<string[]> {
  const entries = await readdir(cacheDir, { recursive: true });
  return entries.filter((entry) => {
    const version = /(?:^|\/)(\d+)(?:\/|$)/.exec(entry)?.[1];
    return entry.includes('partial') || (version !== undefined && !kept.has(Number(version)));
  });
}

function reportMemory(memory: readonly number[]): boolean {
  const early = spreadOf(memory.slice(10, 20)).median;
  const late = spreadOf(memory.slice(-10)).median;
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const growth = late / early - 1;
  const tens = Array.from({ length: Math.ceil(memory.length / 10) }, (_, ten) =>
    mebibytes(spreadOf(memory.slice(10 * ten, 10 * ten + 10)).median),
  );
  console.log(`resident memory by ten swaps: ${tens.join(', ')}`);
  console.log(
    `resident memory: ${mebibytes(early)} after swaps 11–20, ${mebibytes(late)} after the last ten ` +
      `(${(100 * growth).toFixed(1)} %)`,
  );
  return growth <= GROWTH_MAX;
}

async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'face-age-soak-'));
  const s3 = await startOwnS3();
  try {
    const cacheDir = join(folder, 'cache');
    const environment = {
      ...process.env,
      ...s3.environment,
      MODEL_REGISTRY: s3.location,
      MODEL_CACHE_DIR: cacheDir,
      LOG_LEVEL: 'fatal',
      NODE_OPTIONS: probedNodeOptions,
    };
    const config = readConfig({ ...environment, MODEL_CACHE_DIR: join(folder, 'publisher') });
    const registry = registryOf(config);
    const { artifact, versions: good } = await publishCopies(registry, NAME, GOOD_VERSIONS);
    const client = new S3Client({ forcePathStyle: true });
    const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.*)$/.exec(s3.location)!;
    const place = { bucket: bucket!, prefix: prefix! };
    const bad = await putBadVersions(client, place, artifact, good.at(-1)! + 1);
    client.destroy();
    await promote(registry, good[0]!, move);
    const server = await startServer(join(import.meta.dirname, '../dist/src/main.js'), environment);
    try {
      await soakAndReport(server, registry, { good, bad, cacheDir });
    } finally {
      await server.stop();
    }
  } finally {
    await s3.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function soakAndReport(
  server: ServerProcess,
  registry: RegistryWriter,
  {
    good,
    bad,
    cacheDir,
  }: { good: readonly number[]; bad: readonly PublishedBadVersion[]; cacheDir: string },
): Promise<void> {
  const url = `${server.origin}/v1/predict`;
  const payload = multipartPayload(drawFaceJpeg({ age: 30, seed: 1 }));
  const load = new CheckedLoad({ url, payload, connections: 2 }, ({ version }) =>
    good.includes(version) ? undefined : `version ${version} answered`,
  );
  const { memory, faults, refusals } = await soak(server, registry, good, bad);
  await load.stop();
  const failed = load.requests.flatMap(({ fault }) => fault ?? []);
  const pointer = await registry.readAlias(NAME, 'production');
  const serving = good[(Number(values.swaps) - 1) % good.length]!;
  const before = good[(Number(values.swaps) - 2 + good.length) % good.length]!;
  const kept = new Set([serving, before, pointer!.version, pointer!.previous ?? 0]);
  const stray = await strayFiles(cacheDir, kept);
  for (const [kind, reason] of refusals) console.log(`${kind}: ${reason}`);
  console.log(
    `${values.swaps} good and ${values.swaps} bad swaps, ${load.requests.length} requests, ${failed.length} failed; ` +
      `${stray.length} stray files in the cache`,
  );
  const steady = reportMemory(memory);
  for (const fault of [...new Set(faults), ...new Set(failed), ...stray]) console.error(fault);
  if (faults.length + failed.length + stray.length > 0 || !steady) process.exitCode = 1;
}

if (values.help) console.log(help);
else await bench();
