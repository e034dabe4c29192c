import { s3OptionsOf } from '../../common/config/config.ts';
import { roundYears } from '../../common/rounding.ts';
import { FeedbackStore } from '../../registry/feedback/feedback-store.ts';
import type { WritableStore } from '../../registry/store/object-store.ts';
import { openStore } from '../../registry/store/open-store.ts';
import type { ServerResources } from '../lifecycle/server-resources.ts';
import type { PhotoObserver } from '../predict/answered-photo.ts';
import { parsePredictQuery } from '../predict/predict-query.ts';
import type { PredictService } from '../predict/predict-service.ts';
import { FeedbackRetention } from './feedback-retention.ts';
import { FeedbackQuota } from './feedback-quota.ts';
import { FeedbackService, type AnswerPhoto } from './feedback-service.ts';
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

const off: Feedback = {
  service: undefined,
  observer: undefined,
  start: () => Promise.resolve(),
  stop: () => undefined,
};

/**
 * Opens feedback where there is a store for it.
 * @param predictions answers photos that arrive with their age; observers do not see those, as they are no traffic
 */
export async function openFeedback(
  resources: FeedbackResources,
  predictions: Pick<PredictService, 'predict'>,
  { store, today = () => new Date() }: FeedbackOptions = {},
): Promise<Feedback> {
  const { config } = resources;
  if (store !== undefined) return createFeedback(resources, predictions, store, today);
  if (config.FEEDBACK_STORE === undefined) return off;
  const opened = await openStore({ location: config.FEEDBACK_STORE, s3: s3OptionsOf(config) });
  return createFeedback(resources, predictions, opened, today);
}

function createFeedback(
  { config, logger, metrics, clock }: FeedbackResources,
  predictions: Pick<PredictService, 'predict'>,
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
    answer: answerBy(predictions),
    ...{ store, memory, retention, metrics, today },
  });
  const stop = (): void => {
    retention.stop();
    memory.clear();
  };
  return { service, observer: observerFor(memory), start: () => retention.start(), stop };
}

function answerBy(predictions: Pick<PredictService, 'predict'>): AnswerPhoto {
  return async (bytes, scope) => {
    const query = parsePredictQuery({});
    const request = { photos: [{ bytes }], query, ...scope, unobserved: true };
    const answer = await predictions.predict(request);
    const [prediction] = answer.predictions;
    // A fault of the only photo is a fault of the whole request, so there is a prediction.
    if (prediction === undefined || !('age' in prediction)) throw new Error('no prediction');
    const { name, version } = answer.model;
    return { model: { name, version }, age: prediction.age };
  };
}

function observerFor(memory: PhotoMemory): PhotoObserver {
  return {
    observe: ({ id, owner, bytes, cropped, estimate, model }) => {
      // Training would see the whole photo, not the part that was answered.
      if (cropped || bytes === undefined) return;
      const { name, version } = model.manifest;
      const { mean, median, interval } = estimate;
      const { level, low, high } = interval;
      const age = {
        mean: roundYears(mean),
        median: roundYears(median),
        interval: { level, low: roundYears(low), high: roundYears(high) },
      };
      memory.remember({ id, owner }, { bytes, answer: { model: { name, version }, age } });
    },
  };
}
