/** Memory of the compiled service as requests go by: `npm run bench:memory -- --help`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';
import { load } from './load.ts';
import { multipartPayload } from './payload.ts';
import { takeSnapshot } from './server-metrics.ts';
import { startServer } from './server-process.ts';
import { describeEnvironment, renderEnvironment } from './environment.ts';

const help = `npm run bench:memory -- [--requests 100000]

Posts a drawn face over 16 connections and prints the resident memory of the process as it goes. Fails where a request
failed, or it is above 350 MB at the end.`;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    help: { type: 'boolean', default: false },
  },
});

const MOST_MEGABYTES = 350;
const STEP_SECONDS = 10;

async function bench(): Promise<void> {
  const environment = { ...process.env, LOG_LEVEL: 'warn' };
  const main = join(import.meta.dirname, '../dist/src/main.js');
  const server = await startServer(main, environment);
  try {
    const { model } = await takeSnapshot(server.origin);
    console.log(renderEnvironment(describeEnvironment(model)));
    const url = `${server.origin}/v1/predict`;
    const payload = multipartPayload(drawFaceJpeg({ age: 30, seed: 1 }));
    let [answers, errors, megabytes] = [0, 0, 0];
    while (answers + errors < Number(values.requests)) {
      const step = await load({ url, payload, connections: 16, seconds: STEP_SECONDS });
      answers += step.answers;
      errors += step.errors;
      megabytes = (await takeSnapshot(server.origin)).residentBytes / 1e6;
      console.log(`${answers} answered, ${errors} failed: ${megabytes.toFixed(0)} MB`);
    }
    if (errors > 0 || megabytes > MOST_MEGABYTES) process.exitCode = 1;
  } finally {
    await server.stop();
  }
}

if (values.help) console.log(help);
else await bench();
