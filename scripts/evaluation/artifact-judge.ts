import type { Config } from '../../src/common/config/config.ts';
import { readArtifactFacts } from '../../src/evaluation/artifact-facts.ts';
import { answersOfEstimator, type EstimateAge } from '../../src/evaluation/estimator-answers.ts';
import type { LoadedModel } from '../../src/registry/loading/loaded-model.ts';
import type { Metrics } from '../../src/common/metrics/metrics.ts';
import { PhotoEstimator } from '../../src/inference/estimator.ts';
import { preprocess } from '../../src/inference/preprocess/preprocess.ts';
import type { Judge } from './judge.ts';
import { openLocalModel } from '../../src/registry/loading/local-model.ts';

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
  const local = await openLocalModel(reference, config, batching);
  const { model, metrics, directory, description, close } = local;
  const estimateAge = estimatorOf(model, metrics, config.MAX_PIXELS);
  return {
    model: model.manifest,
    engine: model.engine,
    precision: model.precision.precision,
    facts: await readArtifactFacts(directory),
    description,
    answers: (labelled, onUnreadable) => answersOfEstimator(estimateAge, labelled, onUnreadable),
    close,
  };
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
