/** Throws hostile requests at the compiled service: `npm run fuzz -- --help`. */
import { mkdir, mkdtemp, readdir, rm, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz, type FuzzResult } from './fuzz/run.ts';
import { startServer, type ServerProcess } from './server-process.ts';

const help = `npm run fuzz -- [options]

Throws a corpus of hostile photos, forms, bodies, headers and raw requests, and photos damaged at random, at a server of
its own. Fails where it crashed, hung, answered 5xx, answered more than was asked, left a file or took too much memory.
  --requests N      default 50000
  --short           2000 requests
  --seed N          default 1; the same seed throws the same
  --concurrency N   connections at a time, default 8`;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '50000' },
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '8' },
    help: { type: 'boolean', default: false },
  },
});

/** Photos of 49 megapixels are allowed; eight decoded at a time are the most that a campaign holds. */
const MEMORY_MAX_BYTES = 1.5 * 2 ** 30;
const MEMORY_EVERY_MS = 500;

async function residentBytes(processId: number): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}

function watchMemory(processId: number) {
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

async function attackServer(
  server: ServerProcess,
): Promise<{ result: FuzzResult; peak: number; last: number }> {
  const memory = watchMemory(server.processId);
  const requests = values.short ? 2000 : Number(values.requests);
  const result = await fuzz({
    port: Number(new URL(server.origin).port),
    requests,
    seed: Number(values.seed),
    concurrency: Number(values.concurrency),
    onProgress: (done) => {
      if (done % 5000 === 0) console.log(`${done} of ${requests}`);
    },
  });
  return { result, ...memory.stop() };
}

function report(result: FuzzResult, peak: number, last: number, left: readonly string[]): void {
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const statuses = Object.entries(result.statuses).map(([status, count]) => `${status}: ${count}`);
  console.log(`${result.requests} requests; ${statuses.join(', ')}`);
  console.log(`slowest: ${result.slowest.kind}, ${result.slowest.ms.toFixed(0)} ms`);
  console.log(
    `memory: at most ${mebibytes(peak)}, ${mebibytes(last)} at the end; files left: ${left.length}`,
  );
  for (const [fault, count] of result.faults) console.error(`${count} × ${fault}`);
  for (const file of left) console.error(`left: ${file}`);
  const bounded = peak <= MEMORY_MAX_BYTES;
  if (!bounded) console.error(`memory beyond ${mebibytes(MEMORY_MAX_BYTES)}`);
  if (result.faults.size > 0 || left.length > 0 || !bounded) process.exitCode = 1;
  else console.log('no crash, no hang, no 5xx, nothing answered twice, no file left');
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'face-age-fuzz-'));
  const written = join(folder, 'tmp');
  await mkdir(written);
  const settings = { MODEL_REGISTRY: join(import.meta.dirname, '../models'), LOG_LEVEL: 'error' };
  const places = { TMPDIR: written, HOME: written, MODEL_CACHE_DIR: join(written, 'models') };
  const main = join(import.meta.dirname, '../dist/src/main.js');
  const server = await startServer(main, { PATH: process.env.PATH, ...settings, ...places });
  try {
    const before = new Set(await readdir(written, { recursive: true }));
    const { result, peak, last } = await attackServer(server);
    const alive = await fetch(`${server.origin}/readyz`).catch(() => undefined);
    if (alive?.status !== 200) result.faults.set('the server is not ready afterwards', 1);
    const left = (await readdir(written, { recursive: true })).filter((file) => !before.has(file));
    report(result, peak, last, left);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

if (values.help) console.log(help);
else await main();
