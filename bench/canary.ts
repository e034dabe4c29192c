/** Canary and shadow under load: `npm run bench:canary -- --help`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';
import { FileRegistry } from '../src/registry/file-registry.ts';
import { promote } from '../src/registry/promotion.ts';
import { KeyedLoad, type KeyedLoadOptions } from './canary/keyed-load.ts';
import { splitOf } from './canary/split.ts';
import { copyVersion, writeSlowVersion, writeWrongVersion } from './canary/trial-versions.ts';
import { multipartPayload } from './payload.ts';
import { takeSnapshot } from './server-metrics.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { describeEnvironment, renderEnvironment } from './environment.ts';
import { percentile, spreadOf } from './statistics.ts';

const help = `npm run bench:canary -- [options]

Starts the compiled service and shows, with real inference:
  split   a canary answers its weight of 20,000 clients, each client always by the same version
  slow    a canary whose network computes for long stops itself, and the alias says why
  wrong   one whose ages are off does so too
  shadow  what a shadow adds to p99: loads with and without it, in turn
Fails where the split is more than 2 points off or a client wavers, a bad canary goes on for a minute or a request
fails, or the shadow adds 5 % or more to p99 (median of the rounds).
  --scene NAME    split, slow, wrong or shadow (default: all)
  --rounds N      of the shadow, each with one load of 20 s on either side (default 9)
  --short         fewer clients, and no shadow: its figures need time`;

const { values } = parseArgs({
  options: {
    scene: { type: 'string' },
    rounds: { type: 'string', default: '9' },
    short: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const NAME = 'face-age';
const PRODUCTION = 1;
const GOOD = 2;
const SLOW = 3;
const WRONG = 4;
const WEIGHT = 0.2;
const SPLIT_TOLERANCE = 0.02;
const STOP_WITHIN_MS = 60_000;
const SHADOW_ROUND_MS = 20_000;
const SHADOW_MAX_COST = 0.05;
/** What loading a version leaves to be collected is no part of what it costs. */
const SETTLE_MS = 3000;

const root = await mkdtemp(join(tmpdir(), 'face-age-canary-'));
const registry = new FileRegistry(root);
const payload = multipartPayload(drawFaceJpeg({ age: 30, seed: 1 }));
const faults: string[] = [];

function say(line: string, isFine = true): void {
  console.log(`${isFine ? '  ' : '! '}${line}`);
  if (!isFine) faults.push(line);
}

async function writeVersions(): Promise<void> {
  const source = new FileRegistry(join(import.meta.dirname, '../models'));
  const alias = await source.readAlias(NAME, 'production');
  const artifact = await source.fetchArtifact(NAME, alias!.version);
  for (const version of [PRODUCTION, GOOD]) await copyVersion(root, artifact, version);
  await writeSlowVersion(root, artifact, SLOW);
  await writeWrongVersion(root, artifact, WRONG);
  await promote(registry, PRODUCTION, moveOf('production'));
}

function moveOf(alias: string) {
  return { model: NAME, alias, by: 'bench', reason: 'bench' };
}

/** Moves the alias, has the server look, and waits until it has followed: what production serves is loaded for no other. */
async function tryOut(server: ServerProcess, alias: string, version: number, weight?: number) {
  await promote(registry, version, { ...moveOf(alias), weight });
  process.kill(server.processId, 'SIGHUP');
  await untilModels(server, (models) =>
    weight === 0 || version === PRODUCTION
      ? models[alias]?.current === null
      : models[alias]?.current?.version === version,
  );
}

type Models = Record<string, { current: { version: number } | null } | undefined>;

async function untilModels(server: ServerProcess, holds: (models: Models) => boolean) {
  const deadlineMs = performance.now() + STOP_WITHIN_MS;
  while (performance.now() < deadlineMs) {
    const response = await fetch(`${server.origin}/v1/models`);
    const models = (await response.json()) as Models;
    if (holds(models)) return;
    await delay(50);
  }
  throw new Error('the server has not followed within a minute');
}

function loadOf(server: ServerProcess, options: Partial<KeyedLoadOptions> = {}): KeyedLoad {
  const url = `${server.origin}/v1/predict`;
  return new KeyedLoad({ url, payload, connections: 16, clients: 20_000, thinkMs: 0, ...options });
}

async function showSplit(server: ServerProcess): Promise<void> {
  const clients = values.short ? 5000 : 20_000;
  await tryOut(server, 'canary', GOOD, WEIGHT);
  const load = loadOf(server, { clients });
  await load.reach(1.5 * clients);
  await load.stop();
  const split = splitOf(load.requests, GOOD);
  console.log(`split: ${split.clients} clients, ${split.requests} requests`);
  const points = Math.abs(split.share - WEIGHT) * 100;
  const isClose = points <= SPLIT_TOLERANCE * 100;
  say(`${(100 * split.share).toFixed(2)} % by the canary, weight ${100 * WEIGHT} %`, isClose);
  say(`${split.wavering} clients answered by both versions`, split.wavering === 0);
  say(`${split.failed} requests failed`, split.failed === 0);
  const alias = await registry.readAlias(NAME, 'canary');
  if (alias?.weight !== WEIGHT) say(`it stopped itself: ${alias?.reason}`, false);
  await tryOut(server, 'canary', GOOD, 0);
}

async function showStop(server: ServerProcess, kind: string, version: number): Promise<void> {
  const load = loadOf(server, { connections: 8 });
  await tryOut(server, 'canary', version, WEIGHT);
  const startMs = performance.now();
  while ((await readWeight()) !== 0 && performance.now() - startMs < STOP_WITHIN_MS)
    await delay(100);
  const stoppedAtMs = performance.now();
  const seconds = (stoppedAtMs - startMs) / 1000;
  await load.reach(load.requests.length + 200);
  await load.stop();
  const alias = await registry.readAlias(NAME, 'canary');
  const failed = load.requests.filter(({ fault }) => fault !== undefined).length;
  const byCanary = load.requests.filter((each) => each.version === version).length;
  // Those that it had already are answered by it.
  const later = load.requests.filter((each) => each.startMs > stoppedAtMs);
  const after = later.filter((each) => each.version === version).length;
  console.log(`${kind} canary: ${load.requests.length} requests, ${byCanary} answered by it`);
  say(`stopped itself after ${seconds.toFixed(1)} s`, alias?.weight === 0);
  say(`the alias says, by ${alias?.by}: ${alias?.reason}`, alias?.by === 'canary guard');
  const isClean = failed + after === 0 && later.length > 0;
  say(
    `${failed} requests failed, ${after} of ${later.length} that began afterwards were its`,
    isClean,
  );
}

async function readWeight(): Promise<number | undefined> {
  return (await registry.readAlias(NAME, 'canary'))?.weight;
}

async function showShadow(server: ServerProcess): Promise<void> {
  const costs: number[] = [];
  const before = await shadowPhotos(server);
  const rounds = Number(values.rounds);
  console.log(
    `shadow: ${rounds} rounds of ${SHADOW_ROUND_MS / 1000} s with it and as long without`,
  );
  for (let round = 0; round < rounds; round += 1) {
    const p99 = { with: 0, without: 0 };
    for (const side of round % 2 === 0
      ? (['without', 'with'] as const)
      : (['with', 'without'] as const)) {
      await tryOut(server, 'shadow', side === 'with' ? GOOD : PRODUCTION);
      await delay(SETTLE_MS);
      p99[side] = await p99Of(server);
    }
    costs.push(p99.with / p99.without - 1);
    say(`p99 ${p99.without.toFixed(2)} → ${p99.with.toFixed(2)} ms`);
  }
  const { median, low, high } = spreadOf(costs);
  const percent = (cost: number) => `${(100 * cost).toFixed(1)} %`;
  const compared = (await shadowPhotos(server)) - before;
  say(`${compared} photos compared`, compared > 0);
  say(
    `adds ${percent(median)} to p99 (${percent(low)} … ${percent(high)})`,
    median < SHADOW_MAX_COST,
  );
}

/** Under a moderate load, which leaves gaps for the shadow. */
async function p99Of(server: ServerProcess): Promise<number> {
  const load = loadOf(server, { connections: 8, thinkMs: 60 });
  await delay(SHADOW_ROUND_MS);
  await load.stop();
  const times = load.requests
    .map(({ startMs, endMs }) => endMs - startMs)
    .toSorted((a, b) => a - b);
  return percentile(times, 0.99);
}

async function shadowPhotos(server: ServerProcess): Promise<number> {
  const text = await (await fetch(`${server.origin}/metrics`)).text();
  return Number(/face_age_shadow_photos_total\{result="compared"\} (\d+)/.exec(text)?.[1] ?? 0);
}

async function bench(): Promise<void> {
  await writeVersions();
  const main = join(import.meta.dirname, '../dist/src/main.js');
  const environment = { ...process.env, MODEL_REGISTRY: root, LOG_LEVEL: 'warn' };
  const server = await startServer(main, environment);
  try {
    const { model } = await takeSnapshot(server.origin);
    console.log(renderEnvironment(describeEnvironment(model)));
    const scenes = {
      split: () => showSplit(server),
      slow: () => showStop(server, 'slow', SLOW),
      wrong: () => showStop(server, 'wrong', WRONG),
      ...(values.short ? {} : { shadow: () => showShadow(server) }),
    };
    for (const [name, scene] of Object.entries(scenes))
      if (values.scene === undefined || values.scene === name) await scene();
  } finally {
    await server.stop();
  }
  if (faults.length > 0) process.exitCode = 1;
}

try {
  if (values.help) console.log(help);
  else await bench();
} finally {
  await rm(root, { recursive: true, force: true });
}
