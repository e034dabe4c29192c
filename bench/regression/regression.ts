import { join } from 'node:path';
import { z } from 'zod';
import { graphFiles, precisions, type Precision } from '../../src/inference/engine/engine.ts';
import { load } from '../support/closed-loop.ts';
import { multipartPayload, readPhoto } from '../support/payload.ts';
import { takeSnapshot } from '../support/server-metrics.ts';
import { projectRoot, withServer, type ServerProcess } from '../support/server-process.ts';
import { cpuPerImage, readThreadCpu } from '../support/thread-cpu.ts';
import { best, compare, readBaseline, writeBaseline, type Ratios } from './baseline.ts';
import { inferenceMs, javaScriptMs } from './reference.ts';

export interface RegressionOptions {
  rounds: number;
  /** Writes the measurement as the new baseline of this precision. */
  update: boolean;
}

const baselineFile = join(import.meta.dirname, 'baseline.json');
const CONNECTIONS = 16;
const SECONDS = 2;

/** Compares the CPU time of a photo with the committed baseline. @returns false if a part is slower */
export function runRegression(options: RegressionOptions): Promise<boolean> {
  const models = join(projectRoot, 'models');
  const environment = { ...process.env, LOG_LEVEL: 'warn', MODEL_REGISTRY: models };
  return withServer(environment, (server) => measureAndCompare(server, options));
}

async function measureAndCompare(
  server: ServerProcess,
  options: RegressionOptions,
): Promise<boolean> {
  const { model } = await takeSnapshot(server.origin);
  const precision: Precision = z.enum(precisions).parse(model.precision);
  const graph = join(projectRoot, 'models/face-age', model.version!, graphFiles[precision]);
  const rounds: Ratios[] = [];
  await measureRound(server, graph);
  for (let round = 1; round <= options.rounds; round++) {
    const ratios = await measureRound(server, graph);
    rounds.push(ratios);
    const { loop, engine } = ratios;
    console.error(`  round ${round}: loop ${loop.toFixed(2)}, engine ${engine.toFixed(2)}`);
  }
  if (options.update) {
    await writeBaseline(baselineFile, precision, best(rounds));
    return true;
  }
  return report(best(rounds), precision);
}

async function measureRound(server: ServerProcess, graph: string): Promise<Ratios> {
  const url = `${server.origin}/v1/predict`;
  const payload = multipartPayload(await readPhoto());
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

async function report(measured: Ratios, precision: Precision): Promise<boolean> {
  const baseline = (await readBaseline(baselineFile))[precision];
  if (baseline === undefined) {
    console.log(`There is no baseline for ${precision}; write one with --update.`);
    return true;
  }
  const comparisons = compare(measured, baseline);
  for (const { part, ratio, baseline: expected, slower } of comparisons) {
    const text = `${part}, ${precision}: ${ratio.toFixed(2)} yardsticks per photo, baseline ${expected.toFixed(2)}`;
    console.log(slower ? `SLOWER ${text}` : `ok     ${text}`);
  }
  return comparisons.every(({ slower }) => !slower);
}
