/** Measures the compiled service under load: `npm run bench -- --help`. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { probe } from './load.ts';
import { measureBudget } from './budget/budget.ts';
import { renderBudget } from './budget/render-budget.ts';
import { multipartPayload, rawPayload, type Payload } from './payload.ts';
import { fetchPreprocessSpec, measurePreprocessCpu } from './preprocess-cost.ts';
import { renderReport } from './report.ts';
import { runRounds, type Target } from './rounds.ts';
import { takeSnapshot } from './server-metrics.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';
import { describeEnvironment, renderEnvironment } from './environment.ts';

const help = `npm run bench -- [options]

Starts the compiled service with the settings of the environment and loads it with one-photo uploads.
Fails where a request failed.
  --photo FILE       the photo to post (default: a face drawn in code)
  --raw              post it as the whole body instead of as a form
  --connections N…   loads to measure, for example 1,16,64 (default)
  --seconds N        length of one measurement (default 5)
  --rounds N         how often all of them are measured (default 3)
  --peer URL         another server to load in turn; may be given several times
  --budget           where the CPU time goes, stage by stage, and the share of what the machine could do;
                     at the most connections, without peers
  --json FILE        write every figure there`;

const { values } = parseArgs({
  options: {
    photo: { type: 'string' },
    raw: { type: 'boolean', default: false },
    connections: { type: 'string', default: '1,16,64' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    peer: { type: 'string', multiple: true, default: [] },
    budget: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const count = z.coerce.number().int().positive();
const ourName = 'face-age';

const main = join(import.meta.dirname, '../dist/src/main.js');

async function readPayload(): Promise<{ photo: Buffer; payload: Payload }> {
  const photo =
    values.photo === undefined ? drawFaceJpeg({ age: 30, seed: 1 }) : await readFile(values.photo);
  return { photo, payload: values.raw ? rawPayload(photo) : multipartPayload(photo) };
}

async function budget(): Promise<void> {
  const connections = Math.max(...values.connections.split(',').map((text) => count.parse(text)));
  const seconds = count.parse(values.seconds);
  const measured = await measureBudget({ main, connections, seconds, ...(await readPayload()) });
  console.log(renderBudget(measured));
}

async function bench(server: ServerProcess): Promise<void> {
  const { photo, payload } = await readPayload();
  const targets: Target[] = [
    { name: ourName, url: `${server.origin}/v1/predict`, processId: server.processId },
    ...values.peer.map((peer) => ({ name: peer, url: new URL('/v1/predict', peer).href })),
  ];
  for (const target of targets) await probe(target.url, payload);
  const { model } = await takeSnapshot(server.origin);
  const environment = describeEnvironment(model);
  console.log(renderEnvironment(environment));
  console.log(`photo of ${photo.length} bytes, ready after ${server.readyMs.toFixed(0)} ms`);
  const spec = await fetchPreprocessSpec(server.origin, model.version ?? '');
  const options = {
    connections: values.connections.split(',').map((text) => count.parse(text)),
    seconds: count.parse(values.seconds),
    rounds: count.parse(values.rounds),
    warmUpSeconds: 3,
    preprocessMs: await measurePreprocessCpu(photo, spec),
  };
  const samples = await runRounds(targets, { payload, ...options }, (sample) => {
    const { target, connections, requestsPerSecond, p99Ms } = sample;
    console.error(
      `  round ${sample.round + 1}, ${connections} connections, ${target}: ` +
        `${requestsPerSecond.toFixed(0)}/s, p99 ${p99Ms.toFixed(1)} ms`,
    );
  });
  console.log(`\n${renderReport(samples, ourName)}`);
  if (samples.some((sample) => sample.errors > 0 || sample.answers === 0)) process.exitCode = 1;
  if (values.json === undefined) return;
  const readyMs = server.readyMs;
  await writeFile(
    values.json,
    `${JSON.stringify({ environment, readyMs, options, samples }, null, 2)}\n`,
  );
}

if (values.help) {
  console.log(help);
} else if (values.budget) {
  await budget();
} else {
  const server = await startServer(main, process.env);
  try {
    await bench(server);
  } finally {
    await server.stop();
  }
}
