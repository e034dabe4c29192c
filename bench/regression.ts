/** Holds the compiled service's CPU time a photo against a committed baseline: `npm run bench:regression -- --help`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';
import { graphFiles, precisions, type Precision } from '../src/inference/engine/engine.ts';
import { cpuPerImage, readThreadCpu } from './budget/thread-cpu.ts';
import { load } from './load.ts';
import { multipartPayload } from './payload.ts';
import { best, compare, readBaseline, writeBaseline, type Ratios } from './regression/baseline.ts';
import { inferenceMs, javaScriptMs } from './regression/reference.ts';
import { takeSnapshot } from './server-metrics.ts';
import { startServer, type ServerProcess } from './server-process.ts';

const help = `npm run bench:regression -- [options]

Loads the compiled service and the yardsticks in bench/regression/reference.ts in turn, and fails where a photo costs the
event loop or the engine over a quarter more CPU, in units of its yardstick, than in the committed baseline, in every round.
CPU time is compared, not requests a second, so that other work on the machine matters little.
  --rounds N   how often (default 5)
  --update     write what is measured as the new baseline of this precision`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    update: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const root = join(import.meta.dirname, '..');
const baselineFile = join(import.meta.dirname, 'regression/baseline.json');
const CONNECTIONS = 16;
const SECONDS = 2;

async function measureRound(server: ServerProcess, graph: string): Promise<Ratios> {
  const url = `${server.origin}/v1/predict`;
  const payload = multipartPayload(drawFaceJpeg({ age: 30, seed: 1 }));
  const before = await readThreadCpu(server.processId);
  const { answers, errors } = await load({
    url,
    payload,
    connections: CONNECTIONS,
    seconds: SECONDS,
  });
  const after = await readThreadCpu(server.processId);
  if (errors > 0 || answers === 0) throw new Error(`${errors} requests failed`);
  const { loop, engine } = cpuPerImage(before, after, answers);
  return { loop: loop / (await javaScriptMs()), engine: engine / (await inferenceMs(graph)) };
}

async function run(server: ServerProcess): Promise<void> {
  const { model } = await takeSnapshot(server.origin);
  const precision: Precision = z.enum(precisions).parse(model.precision);
  const graph = join(root, 'models/face-age', model.version!, graphFiles[precision]);
  const rounds: Ratios[] = [];
  await measureRound(server, graph);
  for (let round = 0; round < z.coerce.number().int().positive().parse(values.rounds); round++) {
    rounds.push(await measureRound(server, graph));
    const { loop, engine } = rounds.at(-1)!;
    console.error(`  round ${round + 1}: loop ${loop.toFixed(2)}, engine ${engine.toFixed(2)}`);
  }
  if (values.update) return writeBaseline(baselineFile, precision, best(rounds));
  const baseline = (await readBaseline(baselineFile))[precision];
  if (baseline === undefined) {
    console.log(`there is no baseline for ${precision}; --update writes one`);
    return;
  }
  for (const { part, ratio, baseline: known, slower } of compare(best(rounds), baseline)) {
    const text = `${part}, ${precision}: ${ratio.toFixed(2)} yardsticks a photo, baseline ${known.toFixed(2)}`;
    console.log(slower ? `SLOWER ${text}` : `ok     ${text}`);
    if (slower) process.exitCode = 1;
  }
}

if (values.help) {
  console.log(help);
} else {
  const environment = { ...process.env, LOG_LEVEL: 'warn', MODEL_REGISTRY: join(root, 'models') };
  const server = await startServer(join(root, 'dist/src/main.js'), environment);
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}
