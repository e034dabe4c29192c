import type { Config } from '../../src/config.ts';
import { selectEngine, type SelectedEngine } from '../../src/engine/select-engine.ts';
import { readArtifactFacts } from '../../src/evaluation/artifact-facts.ts';
import { answersOfEstimator, type EstimateAge } from '../../src/evaluation/estimator-answers.ts';
import type { LoadedModel } from '../../src/lifecycle/loaded-model.ts';
import type { PrecisionWish } from '../../src/lifecycle/precision.ts';
import { createModelLoader } from '../../src/lifecycle/model-loader.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import { PhotoEstimator } from '../../src/predict/photo-estimator.ts';
import { preprocess } from '../../src/preprocess/preprocess.ts';
import { findModel, type ReferencedModel } from '../../src/registry/model-reference.ts';
import { registryOptionsOf } from '../../src/registry/open-registry.ts';
import type { Judge } from './judge.ts';

/** A lone photo never waits for another, so one place is enough. */
const batching = { maxSize: 1, maxWaitMs: 0, queueMaxImages: 1 };

/**
 * Loads a version as the service does (engine chosen, checksums and golden samples verified, warmed up), to answer
 * as the service does for a photo sent alone.
 * @param reference a version's folder, number or alias; the settings' alias by default.
 * @throws RegistryError, ArtifactError, GoldenMismatchError or EngineUnavailableError.
 */
export async function openArtifactJudge(
  reference: string | undefined,
  config: Config,
): Promise<Judge> {
  const referenced = await findModel(reference, {
    location: config.MODEL_REGISTRY,
    name: config.MODEL_NAME,
    alias: config.MODEL_ALIAS,
    options: registryOptionsOf(config),
  });
  const { registry, name, version } = referenced;
  const { directory, manifest } = await registry.fetchArtifact(name, version);
  const selected = await selectEngine({
    engine: config.ENGINE,
    device: config.DEVICE,
    threads: config.ENGINE_THREADS,
    listed: manifest.engines,
  });
  const metrics = createMetrics();
  const loaded = await load(referenced, selected, config.PRECISION, metrics);
  const estimateAge = estimatorOf(loaded, metrics, config.MAX_PIXELS);
  return {
    model: manifest,
    engine: loaded.engine,
    precision: loaded.precision.precision,
    facts: await readArtifactFacts(directory),
    description: `${directory}, ${selected.reason}, ${loaded.precision.precision}: ${loaded.precision.reason}`,
    answers: (labelled, onUnreadable) => answersOfEstimator(estimateAge, labelled, onUnreadable),
    close: async () => {
      await loaded.dispose();
      await selected.engine.close();
    },
  };
}

async function load(
  { registry, name, version }: ReferencedModel,
  { engine }: SelectedEngine,
  precision: PrecisionWish,
  metrics: Metrics,
): Promise<LoadedModel> {
  const loadModel = createModelLoader({
    ...{ registry, modelName: name, engine, batching, precision, metrics },
  });
  try {
    return await loadModel({ alias: 'evaluation', version }, new AbortController().signal);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** The service's own way from a photo's bytes to its age, without HTTP. */
function estimatorOf(model: LoadedModel, metrics: Metrics, maxPixels: number): EstimateAge {
  const estimator = new PhotoEstimator({ preprocess, metrics, maxPixels });
  const { signal } = new AbortController();
  return async (bytes) => {
    const queue = model.batcher.reserve(1);
    try {
      const context = { model, queue, signal, deadlineAtMs: Infinity };
      return (await estimator.estimate({ bytes }, context)).estimate;
    } finally {
      queue.release();
    }
  };
}
