import { s3OptionsOf } from '../../common/config/config.ts';
import { ServiceError } from '../../common/errors.ts';
import { roundYears } from '../../common/rounding.ts';
import type { GuardedPreprocess } from '../../inference/decoding/guarded-preprocess.ts';
import type { Box } from '../../inference/faces/geometry.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';
import type { FeedbackAnswer } from '../../registry/feedback/feedback-record.ts';
import { FeedbackStore } from '../../registry/feedback/feedback-store.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import type { WritableStore } from '../../registry/store/object-store.ts';
import { openStore } from '../../registry/store/open-store.ts';
import type { ServerResources } from '../lifecycle/server-resources.ts';
import type { PhotoObserver } from '../predict/answered-photo.ts';
import { parsePredictQuery } from '../predict/predict-query.ts';
import type { Estimates, PredictService } from '../predict/predict-service.ts';
import { chooseFace } from './choose-face.ts';
import { FeedbackRetention } from './feedback-retention.ts';
import { FeedbackQuota } from './feedback-quota.ts';
import { FeedbackService, type FeedbackAnswers } from './feedback-service.ts';
import { PhotoMemory } from './photo-memory.ts';

/** Feedback as a running server has it. */
export interface Feedback {
  /** Undefined where feedback is off. */
  service: FeedbackService | undefined;
  /** Remembers the answered photos. Undefined where feedback is off: then nothing of it sees a photo. */
  observer: PhotoObserver | undefined;
  /** Sweeps the store now, then at intervals. Never rejects. */
  start(): Promise<void>;
  stop(): void;
}

export interface FeedbackOptions {
  /** By default the store that FEEDBACK_STORE names. */
  store?: WritableStore | undefined;
  /** The time of day, for the records. */
  today?: (() => Date) | undefined;
}

type FeedbackResources = Pick<ServerResources, 'config' | 'logger' | 'metrics' | 'clock'>;

/** The parts of a server that answer and encode the photos of feedback. */
export interface FeedbackAnswering {
  predictions: Estimating;
  decoding: Pick<GuardedPreprocess, 'reencode'>;
}

const off: Feedback = {
  service: undefined,
  observer: undefined,
  start: () => Promise.resolve(),
  stop: () => undefined,
};

/**
 * Opens feedback where there is a store for it.
 * @param answering answers photos that arrive with their age; observers do not see those, as they are no traffic
 */
export async function openFeedback(
  resources: FeedbackResources,
  answering: FeedbackAnswering,
  { store, today = () => new Date() }: FeedbackOptions = {},
): Promise<Feedback> {
  const { config } = resources;
  if (store !== undefined) return createFeedback(resources, answering, store, today);
  if (config.FEEDBACK_STORE === undefined) return off;
  const opened = await openStore({ location: config.FEEDBACK_STORE, s3: s3OptionsOf(config) });
  return createFeedback(resources, answering, opened, today);
}

function createFeedback(
  { config, logger, metrics, clock }: FeedbackResources,
  { predictions, decoding }: FeedbackAnswering,
  objects: WritableStore,
  today: () => Date,
): Feedback {
  const store = new FeedbackStore(objects);
  const memory = new PhotoMemory({
    maxBytes: config.FEEDBACK_MEMORY_BYTES,
    keepMs: config.FEEDBACK_MEMORY_SECONDS * 1000,
    clock,
    onBytes: (bytes) => metrics.feedbackMemoryBytes.set(bytes),
  });
  const retention = new FeedbackRetention({
    store,
    retentionDays: config.FEEDBACK_RETENTION_DAYS,
    maxPhotos: config.FEEDBACK_MAX_PHOTOS,
    maxBytes: config.FEEDBACK_MAX_BYTES,
    ...{ logger, metrics, clock, today },
  });
  const service = new FeedbackService({
    quota: new FeedbackQuota(config.FEEDBACK_PER_MINUTE, clock),
    accept: config.FEEDBACK_ACCEPT,
    answers: answersBy(predictions),
    reencode: (bytes, options, signal) =>
      decoding.reencode(bytes, options, { maxPixels: config.MAX_PIXELS }, signal),
    ...{ store, memory, retention, metrics, today },
  });
  const stop = (): void => {
    retention.stop();
    memory.clear();
  };
  return { service, observer: observerFor(memory), start: () => retention.start(), stop };
}

type Estimating = Pick<PredictService, 'estimate'>;
type ScopeOfPhoto = Parameters<FeedbackAnswers['findFaces']>[1];

function answersBy(predictions: Estimating): FeedbackAnswers {
  const estimate = (bytes: Uint8Array, faces: 'all' | undefined, scope: ScopeOfPhoto) =>
    predictions.estimate({
      photos: [{ bytes }],
      query: parsePredictQuery(faces === undefined ? {} : { faces }),
      ...scope,
      ...{ unobserved: true, allByDefault: true },
    });
  return {
    answer: async (bytes, wanted, scope) => {
      const { model, faces } = await estimate(bytes, wanted && 'all', scope);
      const estimates = faces.map((each) => each.estimate);
      const { face, estimate: age } = chooseFace(estimates, wanted);
      return { face, answer: toAnswer(model, age), found: boxesOf(faces) };
    },
    findFaces: async (bytes, scope) => {
      try {
        return boxesOf((await estimate(bytes, 'all', scope)).faces);
      } catch (error) {
        // The version that serves now has no framing, unlike the one that answered.
        if (error instanceof ServiceError && error.code === 'invalid_query') return [];
        throw error;
      }
    },
  };
}

function boxesOf(faces: Estimates['faces']): Box[] {
  return faces.flatMap(({ estimate: { face } }) => (face === undefined ? [] : [face.box]));
}

function toAnswer(
  { manifest }: Pick<LoadedModel, 'manifest'>,
  { mean, median, interval: { level, low, high } }: AgeEstimate,
): FeedbackAnswer {
  const { name, version } = manifest;
  const age = {
    mean: roundYears(mean),
    median: roundYears(median),
    interval: { level, low: roundYears(low), high: roundYears(high) },
  };
  return { model: { name, version }, age };
}

function observerFor(memory: PhotoMemory): PhotoObserver {
  return {
    observe: ({ id, owner, bytes, crop, face, estimate, model }) => {
      if (bytes === undefined) return;
      const answer = toAnswer(model, estimate);
      memory.remember({ id, owner }, { bytes, crop, face, answer });
    },
  };
}
