import { setTimeout as delay } from 'node:timers/promises';
import { table } from '../../src/common/text/text-table.ts';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { sharp } from '../../src/inference/preprocess/sharp-image.ts';
import { exchange, type Reply } from '../fuzz/exchange.ts';
import { withServer, type ServerProcess } from '../support/server-process.ts';
import { readScenes, type Scene } from './attacks.ts';
import { Bystander, type BystanderPhoto, type Experience } from './bystander.ts';
import { endure } from './endurance.ts';
import { PeakSampler, readTree } from './process-tree.ts';

export interface GuardOptions {
  /** Leaves out the attacks that take long to prepare. */
  short: boolean;
  /** A folder of further photos to attack with. */
  files?: string;
  /** If given, the attacks are sent all the time, for so long, beside a stream of photos. */
  minutes?: number;
}

/** The memory limit of the Kubernetes deployment. */
const MEMORY_MAX_BYTES = 2 ** 30;
const SLOWEST_MAX_MS = 2000;
const BYSTANDER_EVERY_MS = 100;
/** Work that an attack left behind shows in the time after its answer. */
const AFTERMATH_MS = { long: 1500, short: 300 };

/** What an attack did. */
interface Damage {
  scene: Scene;
  replies: readonly Reply[];
  others: Experience;
  peakBytes: number;
  cpuSeconds: number;
  isHealthy: boolean;
}

/**
 * Attacks a server with default settings while another client posts small photos.
 * @returns false if an attack was answered wrongly, the other client was, or memory exceeded 1 GiB
 */
export async function runGuard(options: GuardOptions): Promise<boolean> {
  const scenes = await readScenes(options);
  const environment = { ...process.env, LOG_LEVEL: 'fatal' };
  if (options.minutes !== undefined) return endure(environment, scenes, options.minutes);
  const photos = await smallPhotos();
  const damages = await withServer(environment, async (server) => {
    const url = `${server.origin}/v1/predict`;
    const others = new Bystander({ url, photos, everyMs: BYSTANDER_EVERY_MS });
    const damages: Damage[] = [];
    const aftermathMs = AFTERMATH_MS[options.short ? 'short' : 'long'];
    await delay(AFTERMATH_MS.long);
    for (const scene of scenes) damages.push(await attack(server, { scene, aftermathMs }, others));
    await others.stop();
    return damages;
  });
  console.log(table([header, ...damages.map(rowOf)]));
  return damages.every((damage) => faultsOf(damage).length === 0);
}

async function smallPhotos(): Promise<BystanderPhoto[]> {
  const jpeg = drawFaceJpeg({ age: 30, seed: 1 });
  const png = await sharp(jpeg).png().toBuffer();
  return [
    { body: jpeg, contentType: 'image/jpeg' },
    { body: png, contentType: 'image/png' },
  ];
}

async function attack(
  server: ServerProcess,
  { scene, aftermathMs }: { scene: Scene; aftermathMs: number },
  others: Bystander,
): Promise<Damage> {
  const port = Number(new URL(server.origin).port);
  await others.take();
  const before = await readTree(server.processId);
  const sampler = new PeakSampler(server.processId);
  const replies = await Promise.all(scene.requests.map((request) => exchange(port, request)));
  await delay(aftermathMs);
  const { peakBytes, last } = await sampler.stop();
  const ready = await fetch(`${server.origin}/readyz`).catch(() => undefined);
  await ready?.arrayBuffer();
  return {
    scene,
    replies,
    others: await others.take(),
    peakBytes,
    cpuSeconds: last.cpuSeconds - before.cpuSeconds,
    isHealthy: ready?.status === 200,
  };
}

const header = [
  'attack',
  'answers',
  'seconds',
  'CPU s',
  'peak MiB',
  'others: slowest ms',
  'verdict',
];

function rowOf(damage: Damage): string[] {
  const { scene, replies, others, peakBytes, cpuSeconds } = damage;
  const faults = faultsOf(damage);
  return [
    scene.name,
    countsOf(replies.map(outcomeOf)),
    (Math.max(...replies.map(({ ms }) => ms)) / 1000).toFixed(1),
    cpuSeconds.toFixed(1),
    (peakBytes / 2 ** 20).toFixed(0),
    others.slowestMs.toFixed(0),
    faults.length === 0 ? 'ok' : faults.join('; '),
  ];
}

/** A server may close the connection of a client that still sends after its answer. */
function outcomeOf({ statuses, hung }: Reply): string {
  return hung ? 'no answer' : statuses.length === 0 ? 'closed' : statuses.join('+');
}

function countsOf(outcomes: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, n]) => (n === 1 ? outcome : `${n} × ${outcome}`)).join(', ');
}

/** An attack is answered with 200, a 4xx or 503. */
function faultsOf({ replies, others, peakBytes, isHealthy }: Damage): string[] {
  const isRight = (status: number) =>
    status === 200 || status === 503 || (status >= 400 && status < 500);
  const wrong = replies.filter(({ hung, statuses }) => hung || !statuses.every(isRight));
  return [
    ...(wrong.length > 0 ? [`wrong answers: ${countsOf(wrong.map(outcomeOf))}`] : []),
    ...(peakBytes >= MEMORY_MAX_BYTES ? ['over 1 GiB'] : []),
    ...[...others.faults].map(([fault, count]) => `others: ${count} × ${fault}`),
    ...(others.answers === 0 ? ['others: no answer'] : []),
    ...(others.slowestMs > SLOWEST_MAX_MS ? ['others waited'] : []),
    ...(isHealthy ? [] : ['not ready afterwards']),
  ];
}
