import type { ModelConfig } from '../../common/config/config.ts';
import type { Device, EngineName, Precision } from '../../inference/engine/engine.ts';
import type { OneFaceMode } from '../../inference/estimator.ts';
import { OLDEST_AGE } from '../../inference/head/buckets.ts';
import { faceFactsOf } from '../../inference/faces/face-facts.ts';
import { openLocalModel } from '../../registry/loading/local-model.ts';
import { estimatePhotosWith, faceModeOf, type EstimatePhoto } from './estimate-photo.ts';
import { type ArtifactFacts, type DescribedModel, readArtifactFacts } from './described-model.ts';
import {
  type AnsweredPhoto,
  type PhotoToEvaluate,
  answersOfEstimator,
  hasExactAge,
  type EstimateAge,
  type OnSkipped,
} from './evaluated-photo.ts';
import { answersOverHttp, askServedModel } from './http-answers.ts';

/** Runs a model on photos, in this process or in a running service. */
export interface Evaluator {
  readonly model: DescribedModel;
  readonly engine: { readonly name: EngineName; readonly device: Device };
  readonly precision: Precision;
  readonly facts: ArtifactFacts;
  /** Whether it finds the face in each photo; undefined if a running service decides. */
  readonly faces: OneFaceMode | undefined;
  /** The source of the predictions, for messages. */
  readonly description: string;
  answers(labeled: readonly PhotoToEvaluate[], onSkipped: OnSkipped): AsyncGenerator<AnsweredPhoto>;
  close(): Promise<void>;
}

/** Photos are run one at a time, so a queue of one image is enough. */
const batching = { maxSize: 1, maxWaitMs: 0, queueMaxImages: 1 };

/**
 * Loads a version as the service does (it selects the engine, verifies checksums and golden samples, and warms up), so that
 * predictions equal those of the service for a single photo.
 * @param reference a version's folder, number, or alias; by default, the alias in the settings.
 * @param faces whether to find the face in each photo; by default, as the service does: if the version has a framing
 * @throws RegistryError, ArtifactError, GoldenMismatchError or EngineUnavailableError; Error if faces must be found by a
 * version without framing
 */
export async function openArtifactEvaluator(
  reference: string | undefined,
  config: ModelConfig,
  faces?: OneFaceMode,
): Promise<Evaluator> {
  const local = await openLocalModel(reference, config, batching);
  const { model, metrics, directory, description, close } = local;
  const mode = await faceModeOf(local, faces);
  const limits = { metrics, maxPixels: config.MAX_PIXELS };
  const estimateAge = ageOf(estimatePhotosWith(model, mode, limits));
  return {
    model: model.manifest,
    engine: model.engine,
    precision: model.precision.precision,
    facts: await readArtifactFacts(directory),
    faces: mode,
    description,
    answers: (labeled, onSkipped) => answersOfEstimator(estimateAge, labeled, onSkipped),
    close,
  };
}

function ageOf(estimatePhoto: EstimatePhoto): EstimateAge {
  return async (bytes) => {
    const { estimate, face } = await estimatePhoto(bytes);
    return { estimate, face: face && faceFactsOf(face) };
  };
}

/** One for each age, from which those of the model and the groups of range labels are summed. */
const yearBuckets = Array.from({ length: OLDEST_AGE + 1 }, (_, age) => ({
  label: String(age),
  min: age,
  max: age,
}));

/**
 * Evaluates the version that a running service serves.
 * @param origin such as `http://localhost:3000`
 * @param faces sent with each request; by default the service decides
 */
export async function openServiceEvaluator(
  origin: string,
  faces?: OneFaceMode,
): Promise<Evaluator> {
  const { manifest: model, engine: name, device, precision } = await askServedModel(origin);
  const from = { origin, version: model.version, faces };
  return {
    model,
    engine: { name, device },
    precision,
    facts: { size: null, history: [] },
    faces,
    description: origin,
    answers: (labeled, onSkipped) => {
      const needsYears = model.head.kind === 'age-distribution' && !labeled.every(hasExactAge);
      const buckets = needsYears ? yearBuckets : undefined;
      return answersOverHttp({ ...from, buckets }, labeled, onSkipped);
    },
    close: () => Promise.resolve(),
  };
}
