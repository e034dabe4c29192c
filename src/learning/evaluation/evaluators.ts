import type { ModelConfig } from '../../common/config/config.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import type { Device, EngineName, Precision } from '../../inference/engine/engine.ts';
import { PhotoEstimator } from '../../inference/estimator.ts';
import { preprocess } from '../../inference/preprocess/preprocess.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import { openLocalModel } from '../../registry/loading/local-model.ts';
import { type ArtifactFacts, type DescribedModel, readArtifactFacts } from './described-model.ts';
import {
  type OnUnreadable,
  type AnsweredPhoto,
  type PhotoToEvaluate,
  answersOfEstimator,
  type EstimateAge,
} from './evaluated-photo.ts';
import { answersOverHttp, askServedModel } from './http-answers.ts';

/** A model that answers for photos, however it is reached. */
export interface Evaluator {
  readonly model: DescribedModel;
  readonly engine: { readonly name: EngineName; readonly device: Device };
  readonly precision: Precision;
  readonly facts: ArtifactFacts;
  /** For people: where the answers come from. */
  readonly description: string;
  answers(
    labelled: readonly PhotoToEvaluate[],
    onUnreadable: OnUnreadable,
  ): AsyncGenerator<AnsweredPhoto>;
  close(): Promise<void>;
}

/** A lone photo never waits for another, so one place is enough. */
const batching = { maxSize: 1, maxWaitMs: 0, queueMaxImages: 1 };

/**
 * Loads a version as the service does (engine chosen, checksums and golden samples verified, warmed up), to answer
 * as the service does for a photo sent alone.
 * @param reference a version's folder, number or alias; the settings' alias by default.
 * @throws RegistryError, ArtifactError, GoldenMismatchError or EngineUnavailableError.
 */
export async function openArtifactEvaluator(
  reference: string | undefined,
  config: ModelConfig,
): Promise<Evaluator> {
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

/**
 * The version that a running service answers with.
 * @param origin such as `http://localhost:3000`
 */
export async function openServiceEvaluator(origin: string): Promise<Evaluator> {
  const { manifest: model, engine: name, device, precision } = await askServedModel(origin);
  const from = { origin, version: model.version };
  return {
    model,
    engine: { name, device },
    precision,
    facts: { size: null, history: [] },
    description: origin,
    answers: (labelled, onUnreadable) => answersOverHttp(from, labelled, onUnreadable),
    close: () => Promise.resolve(),
  };
}
