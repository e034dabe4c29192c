import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { precisions } from '../../src/inference/engine/engine.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { load, probe, type LoadResult } from '../load.ts';
import type { Payload } from '../payload.ts';
import { takeSnapshot } from '../server-metrics.ts';
import { startServer, type ServerProcess } from '../server-process.ts';
import { decodeAlone, echoAlone, inferenceAlone } from './alone.ts';
import { nowUs, readLoopProfile, sharesOf, type Stretch } from './cpu-profile.ts';
import { stageOf, type LoopStage } from './stages.ts';
import { cpuPerImage, readThreadCpu, type ThreadCpu } from './thread-cpu.ts';

/** CPU milliseconds an image, and what the machine could do at best. */
export interface Budget {
  cores: number;
  connections: number;
  requestsPerSecond: number;
  precision: string;
  /** Images in an inference, on average. */
  batch: number;
  threads: ThreadCpu;
  /** Shares of the event loop's thread. */
  loopShares: ReadonlyMap<LoopStage, number>;
  generatorMs: number;
  /** Each measured by itself, milliseconds of CPU. */
  alone: { decodeMs: number; inferenceMs: number; echoMs: number };
}

export interface BudgetOptions {
  main: string;
  photo: Buffer;
  payload: Payload;
  connections: number;
  seconds: number;
}

const WARM_UP_SECONDS = 4;

/** Where a server's CPU time goes under load: how much by the system's count, to what by a profile of another run. */
export async function measureBudget(options: BudgetOptions): Promise<Budget> {
  const { photo, payload, connections } = options;
  const { loaded, before, after, batch, answerBytes, model } = await loadPlain(options);
  const precision = z.enum(precisions).parse(model.precision);
  const artifact = await openRegistry(process.env.MODEL_REGISTRY ?? './models').fetchArtifact(
    process.env.MODEL_NAME ?? 'face-age',
    Number(model.version),
  );
  return {
    cores: availableParallelism(),
    connections,
    requestsPerSecond: loaded.requestsPerSecond,
    precision,
    batch,
    threads: cpuPerImage(before, after, loaded.answers),
    loopShares: await profileLoop(options),
    generatorMs: loaded.generatorCpuMs,
    alone: {
      decodeMs: await decodeAlone(photo),
      inferenceMs: await inferenceAlone(artifact, precision, photo),
      echoMs: await echoAlone(payload, answerBytes, connections),
    },
  };
}

async function loadPlain(options: BudgetOptions) {
  const server = await startServer(options.main, process.env);
  try {
    const url = `${server.origin}/v1/predict`;
    const answer = await probe(url, options.payload);
    await loadServer(server, options, WARM_UP_SECONDS);
    const [first, before] = [await takeSnapshot(url), await readThreadCpu(server.processId)];
    const loaded = await loadServer(server, options, options.seconds);
    const [last, after] = [await takeSnapshot(url), await readThreadCpu(server.processId)];
    const batch = (last.images - first.images) / (last.batches - first.batches);
    return { loaded, before, after, batch, answerBytes: answer.length, model: last.model };
  } finally {
    await server.stop();
  }
}

async function profileLoop(options: BudgetOptions): Promise<Map<LoopStage, number>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'face-age-profile-'));
  try {
    const profiling = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500'];
    const server = await startServer(options.main, process.env, '/readyz', profiling);
    const stretch: Stretch = { fromUs: 0, toUs: 0 };
    try {
      await loadServer(server, options, WARM_UP_SECONDS);
      stretch.fromUs = nowUs();
      await loadServer(server, options, options.seconds);
      stretch.toUs = nowUs();
    } finally {
      await server.stop();
    }
    return sharesOf(await readLoopProfile(folder), stretch, stageOf);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function loadServer(
  { origin }: ServerProcess,
  { payload, connections }: BudgetOptions,
  seconds: number,
): Promise<LoadResult> {
  return load({ url: `${origin}/v1/predict`, payload, connections, seconds });
}
