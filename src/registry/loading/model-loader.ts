import { systemClock, type Clock } from '../../common/clock.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import { Batcher } from '../../inference/batching/batcher.ts';
import { EngineQueueTimer } from '../../inference/batching/engine-queue-timer.ts';
import { readCpuFeatures, type CpuFeatures } from '../../inference/engine/cpu.ts';
import {
  graphFiles,
  type EngineModel,
  type Engine,
  type EngineArtifact,
} from '../../inference/engine/engine.ts';
import type { ModelFraming } from '../../inference/face-finder.ts';
import { createAgeHead, type AgeHead } from '../../inference/head/age-head.ts';
import { outputRowLength, readOutputRow } from '../../inference/head/face-output.ts';
import { framingOf } from '../framing.ts';
import {
  commercialObstacle,
  licensesOf,
  type LicensedPart,
  type LicensePolicy,
} from '../license.ts';
import type { Manifest } from '../manifest.ts';
import type { LocalArtifact, ModelRegistry } from '../registry.ts';
import { batchSizesUpTo, warmUp } from './batch-sizes.ts';
import { DetectorPool } from './detector-pool.ts';
import type { LoadedModel, LoadModel } from './loaded-model.ts';
import type { PrecisionSetting } from './precision.ts';
import { loadVerified, type VerifiedNetwork } from './verified-network.ts';
import type { VerifyApart } from './verify-apart.ts';
import type { VerifyDetector } from './verify-detector.ts';
import { ArtifactError, artifactDigest, verifyArtifact } from './verify-artifact.ts';
import { inputLength } from '../../inference/preprocess/spec.ts';

export interface BatchingOptions {
  maxSize: number;
  maxWaitMs: number;
  queueMaxImages: number;
}

export interface ModelLoaderOptions {
  registry: ModelRegistry;
  modelName: string;
  engine: Engine;
  batching: BatchingOptions;
  /** `auto` by default. */
  precision?: PrecisionSetting;
  /** `any` by default. */
  licensePolicy?: LicensePolicy | undefined;
  /** This machine's by default. */
  cpu?: CpuFeatures;
  clock?: Clock;
  /** Verifies a version before this process loads it; by default it is loaded at once. */
  verifyApart?: VerifyApart | undefined;
  /** The same for detectors. */
  verifyDetector?: VerifyDetector | undefined;
  metrics: Pick<Metrics, 'batchSize' | 'inferenceDuration' | 'queueImages' | 'queueCapacityImages'>;
}

/**
 * Creates the function that loads a version: fetch, verify, also apart from this process, choose a precision, load,
 * compare with the golden samples, warm up. It stops between two steps when its signal aborts.
 */
export function createModelLoader(options: ModelLoaderOptions): LoadModel {
  const queueTimer = new EngineQueueTimer(options.engine.instances);
  const detectors = new DetectorPool({ engine: options.engine, queueTimer });
  const { engine, batching, precision: requested = 'auto', clock = systemClock } = options;
  const cpu = options.cpu ?? readCpuFeatures();
  options.metrics.queueCapacityImages.set(options.batching.queueMaxImages);
  return async ({ version, isSuspect }, signal) => {
    const artifact = await options.registry.fetchArtifact(options.modelName, version, signal);
    const { manifest } = artifact;
    assertLicensed(licensesOf(manifest), options);
    await verifyArtifact(artifact, signal);
    assertRunsOn(engine, manifest);
    const head = createAgeHead(manifest.head, manifest.buckets);
    assertAnswersAreFinite(head, manifest);
    const network = toEngineArtifact(artifact, head);
    const candidate = { artifact: network, manifest, engine, again: isSuspect === true };
    await options.verifyApart?.(candidate, signal);
    const verified = await loadVerified({
      ...{ engine, manifest, requested, cpu, clock, signal, maxBatch: batching.maxSize },
      artifact: network,
    });
    try {
      await prepare(verified.network, manifest, options, signal);
      const framing = await loadFraming(manifest, detectors, options, signal);
      return assemble(verified, manifest, head, { ...options, queueTimer, framing });
    } catch (error) {
      await verified.network.dispose();
      throw error;
    }
  };
}

/** @throws ArtifactError where a license does not allow what the policy asks for */
function assertLicensed(
  parts: readonly LicensedPart[],
  { licensePolicy }: Pick<ModelLoaderOptions, 'licensePolicy'>,
): void {
  const obstacle = licensePolicy === 'commercial' ? commercialObstacle(parts) : undefined;
  if (obstacle === undefined) return;
  throw new ArtifactError(
    `LICENSE_POLICY=commercial refuses it: ${obstacle}. Serve a version whose licenses allow it`,
  );
}

/** @throws ArtifactError also where the graph is no listed file, so that its checksum is unknown */
function assertRunsOn({ name }: Engine, { engines, files }: Manifest): void {
  if (!engines.includes(name))
    throw new ArtifactError(`it runs on ${engines.join(', ')}, not on the engine in use, ${name}`);
  const graph = name === 'onnxruntime' ? graphFiles.fp32 : 'model.json';
  if (!files.some(({ path }) => path === graph))
    throw new ArtifactError(`its manifest lists no file ${graph}`);
}

/** @throws ArtifactError if the head turns an output of the network into an answer that is none */
function assertAnswersAreFinite(head: AgeHead, { golden, int8, face }: Manifest): void {
  for (const [index, { output }] of [...golden, ...(int8?.golden ?? [])].entries()) {
    // The comparison with the golden samples reports another length.
    if (output.length !== outputRowLength(head, face)) continue;
    const { ages: probabilities } = readOutputRow(Float32Array.from(output), head);
    const { mean, median, interval } = head.interpret(probabilities);
    const ages = [mean, median, interval.low, interval.high];
    if (ages.every((age) => Number.isFinite(age) && Math.abs(age) <= 1000)) continue;
    throw new ArtifactError(
      `its age head answers ${ages.join(', ')} for golden sample ${index}, which are no ages`,
    );
  }
}

function toEngineArtifact({ directory, manifest }: LocalArtifact, head: AgeHead): EngineArtifact {
  const { width, height, channels, mean, std } = manifest.preprocess;
  const outputLength = outputRowLength(head, manifest.face);
  return { directory, width, height, channels, mean, std, outputLength };
}

async function prepare(
  network: EngineModel,
  manifest: Manifest,
  { engine, batching }: ModelLoaderOptions,
  signal: AbortSignal,
): Promise<void> {
  const picture = Buffer.from(manifest.golden[0]!.pixels, 'base64');
  await warmUp(network, picture, batchSizesUpTo(batching.maxSize, engine.device), signal);
}

/** A version's framing, with its detector loaded. */
interface LoadedFraming {
  framing: ModelFraming;
  release: () => Promise<void>;
}

async function loadFraming(
  manifest: Manifest,
  detectors: DetectorPool,
  { registry, verifyDetector, licensePolicy }: ModelLoaderOptions,
  signal: AbortSignal,
): Promise<LoadedFraming> {
  const framing = framingOf(manifest);
  if (framing.kind === 'as-sent') return { framing, release: () => Promise.resolve() };
  const local = await registry.fetchDetector(framing.detector, signal);
  const { license } = local.manifest;
  assertLicensed([{ part: 'the detector', license }], { licensePolicy });
  await verifyDetector?.(local, signal);
  const detector = await detectors.acquire(local);
  return {
    framing: { kind: 'aligned', detector, points: framing.points },
    release: () => detector.release(),
  };
}

interface AssembleOptions extends Pick<ModelLoaderOptions, 'engine' | 'batching' | 'metrics'> {
  queueTimer: EngineQueueTimer;
  framing: LoadedFraming;
}

function assemble(
  { network, precision }: VerifiedNetwork,
  manifest: Manifest,
  head: AgeHead,
  { engine, batching, metrics, queueTimer, framing }: AssembleOptions,
): LoadedModel {
  const version = String(manifest.version);
  const batcher = new Batcher((pixels, count) => network.run(pixels, count), {
    ...batching,
    queueTimer,
    // A fuller batch saves little, whereas an idle instance wastes a core.
    preferredBatchSize: Math.ceil(batching.maxSize / 2),
    maxInFlight: (engine.instances ?? 1) + 1,
    pixelsPerImage: inputLength(manifest.preprocess),
    outputsPerImage: outputRowLength(head, manifest.face),
    sizes: batchSizesUpTo(batching.maxSize, engine.device),
    onBatch: ({ count, inferenceMs }) => {
      metrics.batchSize.observe(count);
      metrics.inferenceDuration.observe({ version }, inferenceMs / 1000);
    },
    onQueue: addChangesTo(metrics.queueImages),
  });
  return {
    manifest,
    digest: artifactDigest(manifest.files),
    engine: { name: engine.name, device: engine.device },
    precision,
    head,
    batcher,
    framing: framing.framing,
    loadedAt: new Date(),
    dispose: async () => {
      await batcher.drain();
      await network.dispose();
      await framing.release();
    },
  };
}

/** The gauge is the sum of all queues: while one version drains, the next one already fills its own. */
function addChangesTo(gauge: Metrics['queueImages']): (images: number) => void {
  let before = 0;
  return (images) => {
    gauge.inc(images - before);
    before = images;
  };
}
