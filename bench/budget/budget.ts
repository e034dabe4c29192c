import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { precisions } from '../../src/inference/engine/engine.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { load, probe, type LoadResult } from '../support/closed-loop.ts';
import { multipartPayload, rawPayload, readPhoto, type Payload } from '../support/payload.ts';
import { takeSnapshot } from '../support/server-metrics.ts';
import { startServer, withServer, type ServerProcess } from '../support/server-process.ts';
import { cpuPerImage, readThreadCpu } from '../support/thread-cpu.ts';
import { decodeAlone, echoAlone, inferenceAlone } from './alone.ts';
import { nowUs, readLoopProfile, sharesOf, type Interval } from './cpu-profile.ts';
import { renderBudget, type Budget } from './render-budget.ts';
import { stageOf, type LoopStage } from './stages.ts';

export interface BudgetOptions {
  /** The file to post; a drawn face by default. */
  photo?: string;
  /** Posts the photo as the whole body instead of in a form. */
  raw: boolean;
  connections: number;
  /** Length of one measurement. */
  seconds: number;
}

type Loading = Pick<BudgetOptions, 'connections' | 'seconds'> & { payload: Payload };

const WARM_UP_SECONDS = 4;

/** Prints where a photo's CPU time goes, stage by stage, and the share of what the machine could do. */
export async function runBudget(options: BudgetOptions): Promise<boolean> {
  const photo = await readPhoto(options.photo);
  const payload = options.raw ? rawPayload(photo) : multipartPayload(photo);
  console.log(renderBudget(await measureBudget(photo, { ...options, payload })));
  return true;
}

/** The system counts how much each thread used; a CPU profile of a second run shows what the event loop did. */
async function measureBudget(photo: Buffer, options: Loading): Promise<Budget> {
  const { payload, connections } = options;
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

function loadPlain(options: Loading) {
  return withServer(process.env, async (server) => {
    const { origin, processId } = server;
    const answer = await probe(`${origin}/v1/predict`, options.payload);
    await loadServer(server, options, WARM_UP_SECONDS);
    const [first, before] = [await takeSnapshot(origin), await readThreadCpu(processId)];
    const loaded = await loadServer(server, options, options.seconds);
    const [last, after] = [await takeSnapshot(origin), await readThreadCpu(processId)];
    const batch = (last.images - first.images) / (last.batches - first.batches);
    return { loaded, before, after, batch, answerBytes: answer.length, model: last.model };
  });
}

async function profileLoop(options: Loading): Promise<Map<LoopStage, number>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'face-age-profile-'));
  try {
    const nodeOptions = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500'];
    const server = await startServer(process.env, { nodeOptions });
    const interval: Interval = { fromUs: 0, toUs: 0 };
    try {
      await loadServer(server, options, WARM_UP_SECONDS);
      interval.fromUs = nowUs();
      await loadServer(server, options, options.seconds);
      interval.toUs = nowUs();
    } finally {
      // The profile is written when the server exits.
      await server.stop();
    }
    return sharesOf(await readLoopProfile(folder), interval, stageOf);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function loadServer(
  { origin }: ServerProcess,
  { payload, connections }: Loading,
  seconds: number,
): Promise<LoadResult> {
  return load({ url: `${origin}/v1/predict`, payload, connections, seconds });
}
