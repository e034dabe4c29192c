import type { Clock } from '../../common/clock.ts';
import type { CpuFeatures } from '../../inference/engine/cpu.ts';
import type {
  Engine,
  EngineArtifact,
  EngineModel,
  Precision,
} from '../../inference/engine/engine.ts';
import type { Manifest } from '../manifest.ts';
import { checkGolden, GoldenMismatchError } from './verify-artifact.ts';
import {
  choosePrecision,
  planPrecision,
  type PrecisionChoice,
  type PrecisionTimes,
  type PrecisionSetting,
} from './precision.ts';

export interface NetworkOptions {
  engine: Engine;
  artifact: EngineArtifact;
  manifest: Manifest;
  requested: PrecisionSetting;
  cpu: CpuFeatures;
  /** Maximum number of photos in one inference. */
  maxBatch: number;
  clock: Clock;
  signal: AbortSignal;
}

/** A network that reproduces the golden samples, in the precision that suits the machine. */
export interface VerifiedNetwork {
  network: EngineModel;
  precision: PrecisionChoice;
}

/** Enough for a stable minimum, although under load a run may wait for a batch of another version. */
const RACE_RUNS = 6;
const RACE_BATCH = 8;

/**
 * Loads a version's network and checks it against the golden samples. If only timing can decide on the precision, both
 * are timed first on one instance of the engine.
 * @throws ArtifactError; GoldenMismatchError; the engine's error; the signal's reason
 */
export async function loadVerified(options: NetworkOptions): Promise<VerifiedNetwork> {
  const { manifest, engine, requested, cpu } = options;
  const plan = planPrecision(requested, manifest, engine, cpu);
  const { precision, reason } =
    plan.kind === 'race' ? await race({ ...options, engine: engine.trial ?? engine }) : plan;
  return { network: await openVerified(options, precision), precision: { precision, reason } };
}

/** Times both precisions. Neither stays loaded: the chosen one is loaded again, into the memory that was freed. */
async function race(options: NetworkOptions): Promise<PrecisionChoice> {
  const floats = await openVerified(options, 'fp32');
  let integers: EngineModel | undefined;
  try {
    integers = await openVerified(options, 'int8');
    return choosePrecision(await timeBoth({ floats, integers }, options), options.manifest);
  } catch (error) {
    if (!(error instanceof GoldenMismatchError)) throw error;
    return { precision: 'fp32', reason: error.message };
  } finally {
    await integers?.dispose();
    await floats.dispose();
  }
}

/**
 * Loads a network and compares it with the golden samples on each instance of the engine.
 * @throws GoldenMismatchError; the engine's error; the signal's reason. Nothing stays loaded then.
 */
export async function openVerified(
  {
    engine,
    artifact,
    manifest,
    signal,
  }: Pick<NetworkOptions, 'engine' | 'artifact' | 'manifest' | 'signal'>,
  precision: Precision,
): Promise<EngineModel> {
  signal.throwIfAborted();
  const network = await engine.load({ ...artifact, precision });
  try {
    signal.throwIfAborted();
    const { outputLength } = artifact;
    for (const instance of network.instances ?? [network])
      await checkGolden(instance, { manifest, engine, outputLength, precision });
    return network;
  } catch (error) {
    await network.dispose();
    throw error;
  }
}

/** Milliseconds per photo: the minimum of several alternating runs without the first, in which runtimes plan. */
async function timeBoth(
  { floats, integers }: { floats: EngineModel; integers: EngineModel },
  { manifest, maxBatch, clock, signal }: NetworkOptions,
): Promise<PrecisionTimes> {
  const count = Math.min(maxBatch, RACE_BATCH);
  const picture = Buffer.from(manifest.golden[0]!.pixels, 'base64');
  const batch = new Uint8Array(count * picture.length);
  for (let image = 0; image < count; image += 1) batch.set(picture, image * picture.length);
  const timeOne = async (network: EngineModel): Promise<number> => {
    signal.throwIfAborted();
    const pixels = batch.slice();
    const startMs = clock.now();
    await network.run(pixels, count);
    return (clock.now() - startMs) / count;
  };
  const times: PrecisionTimes = { fp32Ms: Infinity, int8Ms: Infinity };
  for (let run = 0; run <= RACE_RUNS; run++) {
    const [fp32Ms, int8Ms] = [await timeOne(floats), await timeOne(integers)];
    if (run === 0) continue;
    times.fp32Ms = Math.min(times.fp32Ms, fp32Ms);
    times.int8Ms = Math.min(times.int8Ms, int8Ms);
  }
  return times;
}
