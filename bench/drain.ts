/** Stops the compiled service under load, again and again: `npm run bench:drain -- --help`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';
import { seededRandom, uniform } from '../src/common/random.ts';
import { rawPayload } from './payload.ts';

const help = `npm run bench:drain -- [options]

Starts the service, loads it over 16 kept-alive connections, sends SIGTERM at a random moment, and does so --rounds times.
Fails where a request that was under way got no 200, where the process did not end with 0, or took longer than its grace.
  --rounds N    default 20
  --seed N      default 1`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

const CONNECTIONS = 16;
const GRACE_MS = 20_000;
const random = seededRandom(Number(values.seed), 3);
const { body, contentType } = rawPayload(drawFaceJpeg({ age: 30, seed: 1 }));

interface Asked {
  sentMs: number;
  /** Of the answer, or what became of the connection. */
  outcome: number | string;
}

interface Round {
  exitCode: number | null;
  drainMs: number;
  answered: number;
  /** Sent before the signal, and not answered with 200. */
  lost: Asked[];
  /** Sent after it: others may be refused then. */
  late: Asked[];
}

async function startService() {
  const main = join(import.meta.dirname, '../dist/src/main.js');
  const settings = { HOST: '127.0.0.1', PORT: '0', SHUTDOWN_GRACE_MS: String(GRACE_MS) };
  const registry = { MODEL_REGISTRY: join(import.meta.dirname, '../models') };
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    env: { PATH: process.env.PATH, ...settings, ...registry },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const origin = await new Promise<string>((resolve, reject) => {
    let address = '';
    createInterface(child.stdout).on('line', (line) => {
      const event = JSON.parse(line) as { msg: string; address?: string };
      if (event.msg.startsWith('listening')) address = event.address!;
      if (event.msg.startsWith('model serves')) resolve(address);
    });
    child.once('exit', () => reject(new Error('it ended before it served')));
  });
  return { child, origin };
}

function ask(url: string, agent: Agent): Promise<Asked> {
  const sentMs = performance.now();
  const headers = { 'Content-Type': contentType, 'Content-Length': body.length };
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => resolve({ sentMs, outcome: response.statusCode! }));
      response.once('error', (error) => resolve({ sentMs, outcome: error.message }));
    });
    sent.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ sentMs, outcome: error.code ?? error.message }),
    );
    sent.end(body);
  });
}

async function drainOnce(): Promise<Round> {
  const { child, origin } = await startService();
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const asked: Asked[] = [];
  let loading = true;
  const client = async (): Promise<void> => {
    while (loading) {
      const answer = await ask(`${origin}/v1/predict`, agent);
      asked.push(answer);
      if (answer.outcome === 'ECONNREFUSED') return;
    }
  };
  const clients = Array.from({ length: CONNECTIONS }, client);
  await delay(uniform(random, 300, 1500));
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const signalMs = performance.now();
  child.kill('SIGTERM');
  const [exitCode] = await ended;
  const drainMs = performance.now() - signalMs;
  loading = false;
  await Promise.all(clients);
  agent.destroy();
  const failed = asked.filter(({ outcome }) => outcome !== 200);
  return {
    ...{ exitCode, drainMs, answered: asked.length - failed.length },
    lost: failed.filter(({ sentMs }) => sentMs <= signalMs),
    late: failed.filter(({ sentMs }) => sentMs > signalMs),
  };
}

async function bench(): Promise<void> {
  let bad = 0;
  const late = new Map<string, number>();
  for (let round = 1; round <= Number(values.rounds); round++) {
    const result = await drainOnce();
    const { exitCode, drainMs, answered, lost } = result;
    for (const { outcome } of result.late) {
      late.set(String(outcome), (late.get(String(outcome)) ?? 0) + 1);
    }
    const isGood = exitCode === 0 && lost.length === 0 && drainMs <= GRACE_MS;
    if (!isGood) bad += 1;
    const outcomes = lost.map(({ outcome }) => outcome).join();
    console.log(
      `${round}: exit ${exitCode}, drained in ${drainMs.toFixed(0)} ms, ${answered} answered, ${lost.length} lost ${outcomes}`,
    );
  }
  const text = [...late].map(([outcome, count]) => `${outcome}: ${count}`).join(', ');
  console.log(`${bad} bad rounds; sent after the signal and not answered: ${text || 'none'}`);
  if (bad > 0) process.exitCode = 1;
}

if (values.help) console.log(help);
else await bench();
