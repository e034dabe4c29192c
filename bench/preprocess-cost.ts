import { z } from 'zod';
import { preprocess } from '../src/inference/preprocess/preprocess.ts';
import { preprocessSpecSchema, type PreprocessSpec } from '../src/inference/preprocess/spec.ts';

const versionAnswerSchema = z.object({
  manifest: z.object({ preprocess: preprocessSpecSchema }),
});

/** How the server's model wants its photos. */
export async function fetchPreprocessSpec(
  origin: string,
  version: string,
): Promise<PreprocessSpec> {
  const response = await fetch(new URL(`/v1/models/${version}`, origin));
  return versionAnswerSchema.parse(await response.json()).manifest.preprocess;
}

/**
 * CPU milliseconds of the service's own preprocessing of one photo, all threads, measured alone in
 * this process: timed inside a loaded server, it would count the wait for a core.
 */
export async function measurePreprocessCpu(photo: Buffer, spec: PreprocessSpec): Promise<number> {
  const limits = { maxPixels: Number.MAX_SAFE_INTEGER };
  const repeat = async (cpuMs: number): Promise<number> => {
    const start = process.cpuUsage();
    for (let count = 1; ; count++) {
      await preprocess(photo, spec, limits);
      const { user, system } = process.cpuUsage(start);
      const usedMs = (user + system) / 1000;
      if (usedMs >= cpuMs) return usedMs / count;
    }
  };
  await repeat(500);
  return repeat(1000);
}
