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

/** Runs a model on photos, in this process or in a running service. */
export interface Evaluator {
  readonly model: DescribedModel;
  readonly engine: { readonly name: EngineName; readonly device: Device };
  readonly precision: Precision;
  readonly facts: ArtifactFacts;
  /** The source of the predictions, for messages. */
  readonly description: string;
  answers(
    labeled: readonly PhotoToEvaluate[],
    onUnreadable: OnUnreadable,
  ): AsyncGenerator<AnsweredPhoto>;
  close(): Promise<void>;
}

/** Photos are run one at a time, so a queue of one image is enough. */
const batching = { maxSize: 1, maxWaitMs: 0, queueMaxImages: 1 };

/**
 * Loads a version as the service does (it selects the engine, verifies checksums and golden samples, and warms up), so that
 * predictions equal those of the service for a single photo.
 * @param reference a version's folder, number, or alias; by default, the alias in the settings.
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
    answers: (labeled, onUnreadable) => answersOfEstimator(estimateAge, labeled, onUnreadable),
    close,
  };
}

/** Estimates ages with the code of the service, without HTTP. */
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
 * Evaluates the version that a running service serves.
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
    answers: (labeled, onUnreadable) => answersOverHttp(from, labeled, onUnreadable),
    close: () => Promise.resolve(),
  };
}
