import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Precision } from '../../src/inference/engine/engine.ts';
import { createOnnxEngine } from '../../src/inference/engine/onnx-engine.ts';
import { createAgeHead } from '../../src/inference/head/age-head.ts';
import { outputRowLength } from '../../src/inference/head/face-output.ts';
import { decodeQuickJpeg } from '../../src/inference/preprocess/fast-jpeg.ts';
import { preprocess } from '../../src/inference/preprocess/preprocess.ts';
import type { LocalArtifact } from '../../src/registry/registry.ts';
import { load } from '../support/closed-loop.ts';
import { cpuMsPerCall } from '../support/cpu-time.ts';
import type { Payload } from '../support/payload.ts';
import { readThreadCpu } from '../support/thread-cpu.ts';

const cpuTimes = { warmUpMs: 1000, measureMs: 1000 };

/** CPU milliseconds of decoding the photo to gray, nothing else; the photo must be an ordinary small JPEG. */
export function decodeAlone(photo: Buffer): Promise<number> {
  return cpuMsPerCall(() => decodeQuickJpeg(photo), cpuTimes);
}

/** CPU milliseconds of inference per photo, in a batch of 16, on one thread. */
export async function inferenceAlone(
  { directory, manifest }: LocalArtifact,
  precision: Precision,
  photo: Buffer,
): Promise<number> {
  const BATCH = 16;
  const head = createAgeHead(manifest.head, manifest.buckets);
  const outputLength = outputRowLength(head, manifest.face);
  const engine = createOnnxEngine({ threads: 1 });
  const artifact = { ...manifest.preprocess, directory, outputLength, precision };
  const network = await engine.load(artifact);
  const { pixels } = await preprocess(photo, manifest.preprocess, { maxPixels: 1e8 });
  const batch = new Uint8Array(BATCH * pixels.length);
  for (let image = 0; image < BATCH; image++) batch.set(pixels, image * pixels.length);
  const ms = await cpuMsPerCall(() => network.run(batch, BATCH), cpuTimes);
  await network.dispose();
  return ms / BATCH;
}

/** CPU milliseconds per request of a bare node:http server that reads the same body and sends an answer of equal length. */
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
