import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { preprocess } from '../../src/inference/preprocess/preprocess.ts';
import { preprocessSpecSchema } from '../../src/inference/preprocess/spec.ts';
import { probe } from '../support/closed-loop.ts';
import { cpuMsPerCall } from '../support/cpu-time.ts';
import { reportEnvironment } from '../support/environment.ts';
import { multipartPayload, rawPayload, readPhoto } from '../support/payload.ts';
import { withServer, type ServerProcess } from '../support/server-process.ts';
import { takeSnapshot } from '../support/server-metrics.ts';
import { renderReport } from './report.ts';
import { runRounds, type Sample, type Target } from './rounds.ts';

export interface LoadSceneOptions {
  /** The file to post; a drawn face by default. */
  photo?: string;
  /** Posts the photo as the whole body instead of in a form. */
  raw: boolean;
  /** Loads to measure, each a number of connections. */
  connections: readonly number[];
  /** Length of one measurement. */
  seconds: number;
  /** How often all loads are measured. */
  rounds: number;
  /** URLs of other servers to load in turn. */
  peer: readonly string[];
  /** Where to write every figure. */
  json?: string;
}

const ourName = 'face-age';
const WARM_UP_SECONDS = 3;

/** Measures requests per second, response times and CPU per photo. @returns false if a request failed */
export function runLoad(options: LoadSceneOptions): Promise<boolean> {
  return withServer(process.env, (server) => measure(server, options));
}

async function measure(server: ServerProcess, given: LoadSceneOptions): Promise<boolean> {
  const { raw, peer, connections, seconds, rounds, json } = given;
  const photo = await readPhoto(given.photo);
  const payload = raw ? rawPayload(photo) : multipartPayload(photo);
  const targets: Target[] = [
    { name: ourName, url: `${server.origin}/v1/predict`, processId: server.processId },
    ...peer.map((url) => ({ name: url, url: new URL('/v1/predict', url).href })),
  ];
  for (const target of targets) await probe(target.url, payload);
  const environment = await reportEnvironment(server.origin);
  const { readyMs } = server;
  console.log(`photo of ${photo.length} bytes, ready after ${readyMs.toFixed(0)} ms`);
  const preprocessMs = await preprocessCpuMs(photo, server.origin);
  const options = { connections, seconds, rounds, warmUpSeconds: WARM_UP_SECONDS, preprocessMs };
  const samples = await runRounds(targets, { payload, ...options }, printProgress);
  console.log(`\n${renderReport(samples, ourName)}`);
  if (json !== undefined) {
    const figures = { environment, readyMs, options, samples };
    await writeFile(json, `${JSON.stringify(figures, null, 2)}\n`);
  }
  return samples.every((sample) => sample.errors === 0 && sample.answers > 0);
}

function printProgress({ round, connections, target, requestsPerSecond, p99Ms }: Sample): void {
  const figures = `${requestsPerSecond.toFixed(0)}/s, p99 ${p99Ms.toFixed(1)} ms`;
  console.error(`  round ${round + 1}, ${connections} connections, ${target}: ${figures}`);
}

const versionAnswerSchema = z.object({
  manifest: z.object({ preprocess: preprocessSpecSchema }),
});

/**
 * CPU milliseconds of preprocessing one photo as the server's model has it done, all threads, measured alone in this
 * process: a measurement inside a loaded server would include the wait for a core.
 */
async function preprocessCpuMs(photo: Buffer, origin: string): Promise<number> {
  const { model } = await takeSnapshot(origin);
  const response = await fetch(new URL(`/v1/models/${model.version ?? ''}`, origin));
  const spec = versionAnswerSchema.parse(await response.json()).manifest.preprocess;
  const limits = { maxPixels: Number.MAX_SAFE_INTEGER };
  const times = { warmUpMs: 500, measureMs: 1000 };
  return cpuMsPerCall(() => preprocess(photo, spec, limits), times);
}
