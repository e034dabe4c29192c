import { systemClock, type Clock } from '../../common/clock.ts';
import { s3OptionsOf } from '../../common/config/config.ts';
import { FeedbackRetention } from '../feedback/feedback-retention.ts';
import { FeedbackService, type AnswerPhoto } from '../feedback/feedback-service.ts';
import { FeedbackStore } from '../../registry/feedback/feedback-store.ts';
import { MinuteLimit } from '../feedback/minute-limit.ts';
import { PhotoMemory } from '../feedback/photo-memory.ts';
import type { AnswerObserver } from '../predict/answered-photo.ts';
import { parsePredictQuery } from '../predict/predict-query.ts';
import type { PredictService } from '../predict/predict-service.ts';
import { roundYears } from '../../common/rounding.ts';
import { openStore } from '../../registry/store/open-store.ts';
import type { WritableStore } from '../../registry/store/object-store.ts';
import type { Base } from './base.ts';

/** Feedback as the service has it: on, or off with nothing that would see a photo. */
export interface FeedbackPart {
  /** Undefined where it is off. */
  service: FeedbackService | undefined;
  /** To be told of what is answered. */
  observers: readonly AnswerObserver[];
  /** Begins to keep the store tidy. */
  start(): Promise<void>;
  stop(): void;
}

/** Time as feedback sees it. */
export interface FeedbackTime {
  clock: Clock;
  today: () => Date;
}

const systemTime: FeedbackTime = { clock: systemClock, today: () => new Date() };

const off: FeedbackPart = {
  service: undefined,
  observers: [],
  start: () => Promise.resolve(),
  stop: () => undefined,
};

/**
 * Switches feedback on where FEEDBACK_STORE says where to keep it.
 * @param predictions answers photos that come with their age; not watched, as they are no traffic
 */
export async function openFeedback(
  base: Pick<Base, 'config' | 'logger' | 'metrics'>,
  predictions: Pick<PredictService, 'predict'>,
): Promise<FeedbackPart> {
  const { FEEDBACK_STORE: location } = base.config;
  if (location === undefined) return off;
  const store = await openStore({ location, s3: s3OptionsOf(base.config) });
  return feedbackIn(store, base, predictions);
}

/** Feedback that is kept in a store. */
export function feedbackIn(
  wanted: WritableStore,
  { config, logger, metrics }: Pick<Base, 'config' | 'logger' | 'metrics'>,
  predictions: Pick<PredictService, 'predict'>,
  { clock, today }: FeedbackTime = systemTime,
): FeedbackPart {
  const store = new FeedbackStore(wanted);
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
    limit: new MinuteLimit(config.FEEDBACK_PER_MINUTE, clock),
    accept: config.FEEDBACK_ACCEPT,
    answer: answerBy(predictions),
    ...{ store, memory, retention, metrics, today },
  });
  return {
    service,
    observers: [rememberIn(memory)],
    start: () => retention.start(),
    stop: () => {
      retention.stop();
      memory.clear();
    },
  };
}

function answerBy(predictions: Pick<PredictService, 'predict'>): AnswerPhoto {
  return async (bytes, scope) => {
    const query = parsePredictQuery({});
    const answer = await predictions.predict({ photos: [{ bytes }], query, ...scope });
    const [prediction] = answer.predictions;
    // A lone photo that cannot be answered is an error of the whole request.
    if (prediction === undefined || 'error' in prediction) throw new Error('no prediction');
    const { name, version } = answer.model;
    return { model: { name, version }, age: prediction.age };
  };
}

function rememberIn(memory: PhotoMemory): AnswerObserver {
  return ({ id, bytes, cropped, estimate, model }) => {
    // Training would see the whole photo, not what was answered.
    if (cropped || bytes === undefined) return;
    const { name, version } = model.manifest;
    const { mean, median, interval } = estimate;
    const { level, low, high } = interval;
    const age = {
      mean: roundYears(mean),
      median: roundYears(median),
      interval: { level, low: roundYears(low), high: roundYears(high) },
    };
    memory.remember(id, { bytes, answer: { model: { name, version }, age } });
  };
}
