import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Precision } from '../../src/inference/engine/engine.ts';
import { createOnnxEngine } from '../../src/inference/engine/onnx-engine.ts';
import { createAgeHead } from '../../src/inference/head/age-head.ts';
import { decodeQuickJpeg } from '../../src/inference/preprocess/fast-jpeg.ts';
import { preprocess } from '../../src/inference/preprocess/preprocess.ts';
import type { LocalArtifact } from '../../src/registry/registry.ts';
import { load } from '../load.ts';
import type { Payload } from '../payload.ts';
import { readThreadCpu } from './thread-cpu.ts';

/** Enough for the clock of the process's CPU time, which ticks in hundredths of a second elsewhere. */
const CPU_MS = 1000;

/** CPU milliseconds of one call, all threads of this process, after as much work to warm up. */
async function cpuOf(work: () => unknown): Promise<number> {
  const repeat = async (): Promise<number> => {
    const start = process.cpuUsage();
    for (let count = 1; ; count++) {
      await work();
      const { user, system } = process.cpuUsage(start);
      const usedMs = (user + system) / 1000;
      if (usedMs >= CPU_MS) return usedMs / count;
    }
  };
  await repeat();
  return repeat();
}

/** Decoding the photo to grey, nothing else; the photo must be an ordinary small JPEG. */
export function decodeAlone(photo: Buffer): Promise<number> {
  return cpuOf(() => decodeQuickJpeg(photo));
}

/** Inference of one photo in a batch of 16, on one thread. */
export async function inferenceAlone(
  { directory, manifest }: LocalArtifact,
  precision: Precision,
  photo: Buffer,
): Promise<number> {
  const BATCH = 16;
  const { outputLength } = createAgeHead(manifest.head, manifest.buckets);
  const engine = createOnnxEngine({ threads: 1 });
  const artifact = { ...manifest.preprocess, directory, outputLength, precision };
  const network = await engine.load(artifact);
  const { pixels } = await preprocess(photo, manifest.preprocess, { maxPixels: 1e8 });
  const batch = new Uint8Array(BATCH * pixels.length);
  for (let image = 0; image < BATCH; image++) batch.set(pixels, image * pixels.length);
  const ms = await cpuOf(() => network.run(batch, BATCH));
  await network.dispose();
  return ms / BATCH;
}

/** A bare node:http server that takes the same body and gives an answer as long, CPU a request. */
export async function echoAlone(
  payload: Payload,
  answerBytes: number,
  connections: number,
): Promise<number> {
  const child = fork(path.join(import.meta.dirname, 'echo-server.ts'), [String(answerBytes)], {
    execArgv: ['--import', 'tsx'],
  });
  try {
    const [port] = (await once(child, 'message')) as [number];
    const options = { url: `http://127.0.0.1:${port}/`, payload, connections };
    await load({ ...options, seconds: 2 });
    const before = await totalCpu(child.pid!);
    const { answers } = await load({ ...options, seconds: 3 });
    return (((await totalCpu(child.pid!)) - before) * 1000) / answers;
  } finally {
    child.disconnect();
  }
}

async function totalCpu(processId: number): Promise<number> {
  const { loop, engine, helpers } = await readThreadCpu(processId);
  return loop + engine + helpers;
}
