import { setTimeout as delay } from 'node:timers/promises';
import { mulberry32 } from '../../src/common/random.ts';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import type { Attack } from '../fuzz/attack.ts';
import { exchange } from '../fuzz/exchange.ts';
import { withServer } from '../support/server-process.ts';
import { spreadOf } from '../support/statistics.ts';
import type { Scene } from './attacks.ts';
import { Bystander } from './bystander.ts';
import { readTree } from './process-tree.ts';

const PHOTOS_PER_SECOND = 20;
/** Sides of the square photos, up to two megapixels. */
const PHOTO_SIDES = [200, 480, 800, 1000, 1414];
const ATTACKS_PER_SECOND = 10;
const SLOWEST_MAX_MS = 2000;
const GROWTH_MAX = 0.1;
const READ_EVERY_MS = 10_000;
const MEMORY_MAX_BYTES = 2 ** 30;

/**
 * Sends attacks at random beside a steady stream of photos.
 * @returns false if a photo was not answered with 200 within two seconds, or if memory grew or exceeded 1 GiB
 */
export function endure(
  environment: NodeJS.ProcessEnv,
  scenes: readonly Scene[],
  minutes: number,
): Promise<boolean> {
  const attacks = scenes.map(({ requests }) => requests[0]!);
  const photos = PHOTO_SIDES.map((size, seed) => ({
    body: drawFaceJpeg({ age: 30, seed, size }),
    contentType: 'image/jpeg',
  }));
  return withServer(environment, async (server) => {
    const url = `${server.origin}/v1/predict`;
    const others = new Bystander({ url, photos, everyMs: 1000 / PHOTOS_PER_SECOND });
    const deadlineMs = performance.now() + minutes * 60_000;
    const [outcomes, memory] = await Promise.all([
      attackUntil(deadlineMs, Number(new URL(server.origin).port), attacks),
      readMemoryUntil(deadlineMs, server.processId),
    ]);
    const { answers, faults, slowestMs } = await others.stop();
    console.log(`${answers} photos, slowest ${slowestMs.toFixed(0)} ms`);
    for (const [fault, count] of faults)
      console.log(`photos answered otherwise: ${count} × ${fault}`);
    console.log(
      `attacks: ${[...outcomes].map(([what, count]) => `${count} × ${what}`).join(', ')}`,
    );
    return faults.size === 0 && slowestMs <= SLOWEST_MAX_MS && isSteady(memory);
  });
}

async function attackUntil(
  deadlineMs: number,
  port: number,
  attacks: readonly Attack[],
): Promise<Map<string, number>> {
  const random = mulberry32(1);
  const outcomes = new Map<string, number>();
  const pending = new Set<Promise<void>>();
  while (performance.now() < deadlineMs) {
    const attack = attacks[Math.floor(random() * attacks.length)]!;
    const sent = exchange(port, attack).then(({ statuses, hung }) => {
      const outcome = hung ? 'no answer' : statuses.join('+') || 'closed';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    });
    pending.add(sent);
    void sent.finally(() => pending.delete(sent));
    await delay(1000 / ATTACKS_PER_SECOND);
  }
  await Promise.all(pending);
  return outcomes;
}

async function readMemoryUntil(deadlineMs: number, processId: number): Promise<number[]> {
  const readings: number[] = [];
  while (performance.now() < deadlineMs) {
    await delay(Math.min(READ_EVERY_MS, Math.max(0, deadlineMs - performance.now())));
    readings.push((await readTree(processId)).bytes);
  }
  return readings;
}

/** Compares memory in the second fifth of the time with the last, because the first is the start. */
function isSteady(readings: readonly number[]): boolean {
  const fifth = Math.max(1, Math.floor(readings.length / 5));
  const early = spreadOf(readings.slice(fifth, 2 * fifth)).median;
  const late = spreadOf(readings.slice(-fifth)).median;
  const peak = Math.max(...readings);
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const growth = late / early - 1;
  console.log(
    `memory of all processes: ${mebibytes(early)} → ${mebibytes(late)} (${(100 * growth).toFixed(1)} %), ` +
      `at most ${mebibytes(peak)}`,
  );
  return growth <= GROWTH_MAX && peak < MEMORY_MAX_BYTES;
}
