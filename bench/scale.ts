/** What load, photos, versions and processes cost: `npm run bench:scale -- --help`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';
import { FileRegistry } from '../src/registry/file-registry.ts';
import { promote } from '../src/registry/promotion.ts';
import { copyVersion } from './canary/trial-versions.ts';
import { multipartPayload, type Payload } from './payload.ts';
import { measureCell, type Cell, type CellOptions } from './scale/cell.ts';
import { grainyPhoto } from './scale/grainy-photo.ts';
import { scaleTable, type Row } from './scale/scale-table.ts';
import { takeSnapshot } from './server-metrics.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { describeEnvironment, renderEnvironment } from './environment.ts';

const help = `npm run bench:scale -- [options]

Loads the compiled service and prints a table for each thing that is varied: connections, size of the photo, photos a
request, versions resident, server processes. Fails where a request failed.
  --only NAMES    of connections,photos,images,versions,processes (default: all)
  --seconds N     length of one measurement (default 5)
  --rounds N      how often each is measured (default 3)
  --short         one second, one round`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'connections,photos,images,versions,processes' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    short: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const NAME = 'face-age';
const CONNECTIONS = 16;
const seconds = values.short ? 1 : Number(values.seconds);
const rounds = values.short ? 1 : Number(values.rounds);
const root = await mkdtemp(join(tmpdir(), 'face-age-scale-'));
const registry = new FileRegistry(root);
const main = join(import.meta.dirname, '../dist/src/main.js');
const face = drawFaceJpeg({ age: 30, seed: 1 });
const onePhoto = multipartPayload(face);
let errors = 0;

/** A measurement with its label; only what differs from the usual is given. */
type Variation = [label: string, options: Partial<CellOptions>];

/** Each variation in turn, every round in the opposite order. */
async function table(title: string, servers: readonly ServerProcess[], all: readonly Variation[]) {
  const cells = new Map<string, Cell[]>(all.map(([label]) => [label, []]));
  const usual = { servers, payload: onePhoto, connections: CONNECTIONS, seconds };
  await measureCell({ ...usual, seconds: Math.min(2, seconds) });
  for (let round = 0; round < rounds; round += 1) {
    for (const [label, options] of round % 2 === 0 ? all : all.toReversed()) {
      const cell = await measureCell({ ...usual, ...options });
      errors += cell.errors;
      cells.get(label)!.push(cell);
    }
  }
  const rows: Row[] = [...cells].map(([label, measured]) => ({ label, cells: measured }));
  console.log(`\n${scaleTable(title, rows)}`);
}

function start(settings: Record<string, string> = {}): Promise<ServerProcess> {
  const environment = { ...process.env, MODEL_REGISTRY: root, LOG_LEVEL: 'warn', ...settings };
  return startServer(main, environment);
}

async function withServers(
  count: number,
  work: (servers: readonly ServerProcess[]) => Promise<void>,
): Promise<void> {
  const servers = await Promise.all(Array.from({ length: count }, () => start()));
  try {
    await work(servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

const byConnections = (): Promise<void> =>
  withServers(1, (servers) =>
    table(
      'connections',
      servers,
      [1, 2, 4, 8, 16, 32, 64, 128, 256].map((connections) => [
        String(connections),
        { connections },
      ]),
    ),
  );

const byPhoto = (): Promise<void> =>
  withServers(1, (servers) => {
    const sides = [200, 600, 1000, 2000, 3464];
    const photos = sides.map((side): [number, Buffer] => [side, grainyPhoto(side)]);
    const variations = photos.map(([side, photo]): Variation => {
      const label = `${side} × ${side}, ${(photo.length / 1000).toFixed(0)} kB`;
      return [label, { payload: multipartPayload(photo), connections: 4 }];
    });
    return table('photo, 4 connections', servers, variations);
  });

const byImages = (): Promise<void> =>
  withServers(1, (servers) => {
    const payloadOf = (count: number): Payload =>
      multipartPayload(...Array.from({ length: count }, () => face));
    const variations = [1, 2, 4, 8, 16].map((count): Variation => {
      return [String(count), { payload: payloadOf(count), connections: 4 }];
    });
    return table('photos a request, 4 connections', servers, variations);
  });

const move = { model: NAME, by: 'bench', reason: 'scale' };

async function byVersions(): Promise<void> {
  await withServers(1, (servers) => table('one version', servers, [['production', {}]]));
  await promote(registry, 2, { ...move, alias: 'canary', weight: 0.5 });
  await withServers(1, async (servers) => {
    await untilFollowed(servers[0]!, ['canary']);
    await table('two versions', servers, [['production, canary of half the clients', {}]]);
  });
  await promote(registry, 3, { ...move, alias: 'shadow' });
  await withServers(1, async (servers) => {
    await untilFollowed(servers[0]!, ['canary', 'shadow']);
    const label = 'production, canary, shadow';
    const swapping = { meanwhile: (stop: AbortSignal) => keepSwapping(servers[0]!, stop) };
    await table('three versions', servers, [
      [label, {}],
      [`${label}, and a swap every 2 s`, swapping],
    ]);
  });
  await promote(registry, 2, { ...move, alias: 'canary', weight: 0 });
  // A shadow of another version than production would take the time in which its own process has nothing to do.
  for (const alias of ['production', 'shadow']) await promote(registry, 1, { ...move, alias });
}

async function untilFollowed({ origin }: ServerProcess, aliases: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const response = await fetch(`${origin}/v1/models`);
    const models = (await response.json()) as Record<string, { current?: unknown } | null>;
    if (aliases.every((alias) => models[alias]?.current)) return;
    await delay(100);
  }
  throw new Error(`${aliases.join(' and ')} were not loaded within 30 s`);
}

async function keepSwapping(server: ServerProcess, stop: AbortSignal): Promise<void> {
  for (let version = 4; !stop.aborted; version = version === 4 ? 1 : 4) {
    await promote(registry, version, { ...move, alias: 'production' });
    process.kill(server.processId, 'SIGHUP');
    await delay(2000, undefined, { signal: stop }).catch(() => undefined);
  }
}

async function byProcesses(): Promise<void> {
  for (const count of [1, 2, 4])
    await withServers(count, (servers) =>
      table('processes, 64 connections over all', servers, [[String(count), { connections: 64 }]]),
    );
}

const parts: Record<string, () => Promise<void>> = {
  connections: byConnections,
  photos: byPhoto,
  images: byImages,
  versions: byVersions,
  processes: byProcesses,
};

async function bench(): Promise<void> {
  const source = new FileRegistry(join(import.meta.dirname, '../models'));
  const alias = await source.readAlias(NAME, 'production');
  const artifact = await source.fetchArtifact(NAME, alias!.version);
  for (const version of [1, 2, 3, 4]) await copyVersion(root, artifact, version);
  await promote(registry, 1, { ...move, alias: 'production' });
  await withServers(1, async ([server]) => {
    const { model } = await takeSnapshot(server!.origin);
    console.log(renderEnvironment(describeEnvironment(model)));
  });
  for (const name of values.only.split(',')) {
    const part = parts[name];
    if (part === undefined) throw new Error(`--only ${name}: there is no such part`);
    await part();
  }
  if (errors > 0) {
    console.error(`${errors} requests failed`);
    process.exitCode = 1;
  }
}

try {
  if (values.help) console.log(help);
  else await bench();
} finally {
  await rm(root, { recursive: true, force: true });
}
