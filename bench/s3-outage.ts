/** Lets the store of models fail in many ways: `npm run bench:outage -- --help`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../src/common/config/config.ts';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';
import { registryOf } from '../src/registry/open-registry.ts';
import { promote } from '../src/registry/promotion.ts';
import type { RegistryWriter } from '../src/registry/registry.ts';
import { startFaultyProxy, type FaultyProxy } from '../tests/support/fakes/faulty-proxy.ts';
import { multipartPayload } from './payload.ts';
import { publishCopies } from './registry/copies.ts';
import { modelsOf } from './registry/models-answer.ts';
import {
  outages,
  sufferOutage,
  untilServed,
  type OutageParts,
  type OutageResult,
} from './registry/outage.ts';
import { startOwnS3 } from './registry/own-s3.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { CheckedLoad } from './swaps/checked-load.ts';

const help = `npm run bench:outage -- [options]

Serves models from a real S3 server on loopback behind a proxy that lets it fail: away at start (without and with a
cache), away during service, in the middle of a download, answering 500, denying access, dripping, stalling. Meanwhile
another version is promoted. Fails where a request failed or the server takes longer than twice the poll interval to
serve that version once the store is well again.
  --outage S   length of the long outage (default 300)
  --short S    length of the others (default 15)
  --poll S     REGISTRY_POLL_SECONDS (default 5)`;

const { values } = parseArgs({
  options: {
    outage: { type: 'string', default: '300' },
    short: { type: 'string', default: '15' },
    poll: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});

const MODEL = 'face-age';
const ALIAS = 'production';
const POLL_MS = Number(values.poll) * 1000;
/** More than there are outages: none finds its version in the cache. */
const VERSIONS = 12;
const main = join(import.meta.dirname, '../dist/src/main.js');
const move = { model: MODEL, alias: ALIAS, by: 'bench', reason: 'outage' };
const results: OutageResult[] = [];

/** The store is away when the server starts, and comes later. */
async function startWithoutStore(
  environment: NodeJS.ProcessEnv,
  proxy: FaultyProxy,
  { name, version, cached }: { name: string; version: number; cached: boolean },
): Promise<ServerProcess> {
  proxy.fault = () => ({ kind: 'cut', afterBytes: 0 });
  const server = await startServer(main, environment, cached ? '/readyz' : '/healthz');
  const { reason, current } = await modelsOf(server);
  const asExpected = (current !== null) === cached;
  proxy.fault = () => undefined;
  const recoveryMs = await untilServed(version, server, 4 * POLL_MS);
  results.push({
    name,
    answered: cached ? 1 : 0,
    failed: asExpected ? 0 : 1,
    reason: reason ?? 'nothing',
    recoveryMs: cached ? 0 : recoveryMs,
  });
  return server;
}

function report(): void {
  for (const { name, answered, failed, reason, recoveryMs } of results) {
    const seconds = (recoveryMs / 1000).toFixed(1);
    console.log(`${name}: ${answered} answered, ${failed} failed, recovered after ${seconds} s`);
    console.log(`    ${reason.slice(0, 300)}`);
  }
  const late = results.filter(({ recoveryMs }) => !(recoveryMs <= 2 * POLL_MS));
  const failed = results.filter((each) => each.failed > 0);
  console.log(
    `${results.length} outages: ${failed.length} with failed requests, ${late.length} recovered later than ${(2 * POLL_MS) / 1000} s`,
  );
  if (failed.length + late.length > 0) process.exitCode = 1;
}

async function sufferAll(parts: OutageParts, firstVersion: number): Promise<void> {
  const all = outages(Number(values.outage) * 1000, Number(values.short) * 1000);
  for (const [index, outage] of all.entries()) {
    results.push(await sufferOutage(outage, firstVersion + index, parts));
    console.error(`${outage.name}: done`);
  }
}

async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'face-age-outage-'));
  const s3 = await startOwnS3();
  const proxy = await startFaultyProxy(s3.endpoint);
  try {
    const own = readConfig({
      ...s3.environment,
      MODEL_REGISTRY: s3.location,
      MODEL_CACHE_DIR: join(folder, 'publisher'),
    });
    const registry = registryOf(own);
    await publishCopies(registry, MODEL, VERSIONS);
    await promote(registry, 1, move);
    const environment = {
      ...process.env,
      ...s3.environment,
      AWS_ENDPOINT_URL_S3: proxy.endpoint,
      MODEL_REGISTRY: s3.location,
      MODEL_CACHE_DIR: join(folder, 'cache'),
      REGISTRY_POLL_SECONDS: values.poll,
      LOG_LEVEL: 'fatal',
    };
    await runWith(environment, proxy, registry);
    report();
  } finally {
    await proxy.close();
    await s3.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runWith(
  environment: NodeJS.ProcessEnv,
  proxy: FaultyProxy,
  registry: RegistryWriter,
): Promise<void> {
  const bare = { name: 'away at start, nothing cached', version: 1, cached: false };
  await (await startWithoutStore(environment, proxy, bare)).stop();
  const wrong = { ...environment, AWS_SECRET_ACCESS_KEY: 'wrong' };
  const denied = { name: 'wrong credentials at start, cached', version: 1, cached: true };
  await (await startWithoutStore(wrong, proxy, denied)).stop();
  const cached = { name: 'away at start, cached', version: 1, cached: true };
  const server = await startWithoutStore(environment, proxy, cached);
  const payload = multipartPayload(drawFaceJpeg({ age: 30, seed: 1 }));
  const url = `${server.origin}/v1/predict`;
  const load = new CheckedLoad({ url, payload, connections: 2 }, () => undefined);
  const parts = { server, proxy, registry, load, model: MODEL, alias: ALIAS, pollMs: POLL_MS };
  try {
    await sufferAll(parts, 2);
  } finally {
    await load.stop();
    await server.stop();
  }
}

if (values.help) console.log(help);
else await bench();
