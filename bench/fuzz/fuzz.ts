import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { residentBytes } from '../support/memory-probe.ts';
import { projectRoot, withServer, type ServerProcess } from '../support/server-process.ts';
import { runCampaign, type CampaignResult } from './run-campaign.ts';

export interface FuzzOptions {
  requests: number;
  /** Equal seeds send equal requests. */
  seed: number;
  /** Connections open at the same time. */
  concurrency: number;
}

/** Photos of 49 megapixels are allowed; a campaign has at most eight of them decoded at the same time. */
const MEMORY_MAX_BYTES = 1.5 * 2 ** 30;
const MEMORY_EVERY_MS = 500;

/**
 * Sends hostile requests to a server.
 * @returns false if the server crashed, hung, answered 5xx or more often than allowed, left a file, or used too much memory
 */
export async function runFuzz(options: FuzzOptions): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'face-age-fuzz-'));
  const written = join(folder, 'tmp');
  await mkdir(written);
  const settings = { MODEL_REGISTRY: join(projectRoot, 'models'), LOG_LEVEL: 'error' };
  const folders = { TMPDIR: written, HOME: written, MODEL_CACHE_DIR: join(written, 'models') };
  const environment = { PATH: process.env.PATH, ...settings, ...folders };
  try {
    return await withServer(environment, (server) => attack(server, written, options));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function attack(
  server: ServerProcess,
  written: string,
  options: FuzzOptions,
): Promise<boolean> {
  const before = new Set(await readdir(written, { recursive: true }));
  const memory = watchMemory(server.processId);
  const result = await runCampaign({
    port: Number(new URL(server.origin).port),
    ...options,
    onProgress: (done) => {
      if (done % 5000 === 0) console.log(`${done} of ${options.requests}`);
    },
  });
  const used = memory.stop();
  const ready = await fetch(`${server.origin}/readyz`).catch(() => undefined);
  if (ready?.status !== 200) result.faults.set('the server is not ready afterwards', 1);
  const left = (await readdir(written, { recursive: true })).filter((file) => !before.has(file));
  return report(result, used, left);
}

interface UsedMemory {
  peak: number;
  last: number;
}

function watchMemory(processId: number): { stop: () => UsedMemory } {
  const samples: number[] = [];
  const timer = setInterval(
    () => void residentBytes(processId).then((bytes) => samples.push(bytes)),
    MEMORY_EVERY_MS,
  );
  return {
    stop: () => {
      clearInterval(timer);
      const known = samples.filter((bytes) => Number.isFinite(bytes));
      return { peak: Math.max(...known), last: known.at(-1) ?? Number.NaN };
    },
  };
}

function report(
  result: CampaignResult,
  { peak, last }: UsedMemory,
  left: readonly string[],
): boolean {
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const statuses = Object.entries(result.statuses).map(([status, count]) => `${status}: ${count}`);
  console.log(`${result.requests} requests; ${statuses.join(', ')}`);
  console.log(`slowest: ${result.slowest.kind}, ${result.slowest.ms.toFixed(0)} ms`);
  console.log(
    `memory: at most ${mebibytes(peak)}, ${mebibytes(last)} at the end; files left: ${left.length}`,
  );
  for (const [fault, count] of result.faults) console.error(`${count} × ${fault}`);
  for (const file of left) console.error(`left: ${file}`);
  const isBounded = peak <= MEMORY_MAX_BYTES;
  if (!isBounded) console.error(`memory exceeded ${mebibytes(MEMORY_MAX_BYTES)}`);
  const passed = result.faults.size === 0 && left.length === 0 && isBounded;
  if (passed) console.log('no crash, no hang, no 5xx, no second answer, no file left');
  return passed;
}
