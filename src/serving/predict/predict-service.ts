import { Cancellation } from '../../common/cancellation.ts';
import { ServiceError, toServiceError, type ErrorCode } from '../../common/errors.ts';
import type { PhotoEstimate, PhotoEstimator } from '../../inference/estimator.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import type { PredictAnswer } from './answer.ts';
import {
  answeredPhoto,
  type AnswerObserver,
  type FaultObserver,
  type ModelSource,
} from './answered-photo.ts';
import { LoopTurns } from './loop-turns.ts';
import { allAnswered, idOf, toAnswer, type Outcome } from './outcomes.ts';
import { wantedPart, type PredictQuery } from './predict-query.ts';
import type {
  EstimateRequest,
  PredictRequest,
  ReceivedPhoto,
  ReceivedPixels,
} from './predict-request.ts';
import { toAgeAnswer } from './prediction.ts';

/** Estimates as they are, and the version that made them. */
export interface Estimates {
  model: Pick<LoadedModel, 'manifest' | 'head' | 'engine'>;
  estimates: PhotoEstimate[];
}

/** Faults of one photo: the others are answered all the same. Any other fault ends the request. */
const faultsOfOnePhoto: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unsupported_image_format',
  'image_undecodable',
  'image_too_small',
  'crop_outside_image',
  'too_many_pixels',
  'inference_failed',
]);

/** Photos in, age answers out, all of one request by one version of the model. */
export class PredictService {
  readonly #models: ModelSource;
  readonly #estimator: Pick<PhotoEstimator, 'estimate'>;
  readonly #observers: readonly AnswerObserver[];
  readonly #onFault: FaultObserver | undefined;
  /** Of all requests: decoding an ordinary JPEG is synchronous. */
  readonly #turns = new LoopTurns();

  constructor(
    models: ModelSource,
    estimator: Pick<PhotoEstimator, 'estimate'>,
    observers: readonly AnswerObserver[] = [],
    onFault?: FaultObserver,
  ) {
    this.#models = models;
    this.#estimator = estimator;
    this.#observers = observers;
    this.#onFault = onFault;
  }

  /**
   * The model is held from before preprocessing, whose spec is bound to its version, until the answer; and
   * places in the queue are taken before any photo costs work.
   * @returns each photo's prediction in its place, or its problem where only that photo is at fault.
   * @throws AllPhotosFailedError where no photo could be answered.
   * @throws ServiceError for a fault of the whole request: model, query, queue, deadline.
   */
  predict(request: PredictRequest): Promise<PredictAnswer> {
    return this.#answer(request, (model, outcomes) => toAnswer(request, model, outcomes));
  }

  /**
   * As predict, for those who put estimates into words of their own; one photo's fault is the request's.
   * @throws ServiceError
   */
  estimate(request: EstimateRequest): Promise<Estimates> {
    return this.#answer(request, (model, outcomes) => ({
      model,
      estimates: allAnswered(outcomes),
    }));
  }

  /**
   * Whether a photo would find a place, before it is received.
   * @param selector the model that it asks for; by default the one that serves
   * @throws ServiceError `queue_full`, `shutting_down`, `model_not_ready`, `model_not_found` or `model_not_loaded`
   */
  async assertRoom(selector: string | undefined): Promise<void> {
    const borrowed = await this.#models.borrow(selector);
    try {
      borrowed.model.batcher.reserve(1).release();
    } finally {
      borrowed.release();
    }
  }

  /**
   * What is loaded under a name; not to be used but for reading, as it is not held.
   * @throws ServiceError `model_not_ready`, `model_not_found` or `model_not_loaded`
   */
  async describe(selector: string | undefined): Promise<Estimates['model']> {
    const borrowed = await this.#models.borrow(selector);
    borrowed.release();
    return borrowed.model;
  }

  async #answer<Answer>(
    request: EstimateRequest,
    toWords: (model: LoadedModel, outcomes: readonly Outcome[]) => Answer,
  ): Promise<Answer> {
    const borrowed = await this.#models.borrow(request.query.model, request.clientKey);
    try {
      assertEdges(borrowed.model, request.query);
      assertPixels(borrowed.model, request);
      const outcomes = await this.#estimateAll(request, borrowed.model);
      const answer = toWords(borrowed.model, outcomes);
      this.#tellObservers(request, borrowed.model, outcomes);
      return answer;
    } finally {
      borrowed.release();
    }
  }

  #tellObservers(
    { photos, query, requestId }: EstimateRequest,
    model: LoadedModel,
    outcomes: readonly Outcome[],
  ): void {
    if (this.#observers.length === 0) return;
    const cropped = wantedPart(query) !== undefined;
    for (const [index, outcome] of outcomes.entries()) {
      if ('fault' in outcome) continue;
      const sent = photos[index]!;
      const bytes = 'bytes' in sent ? sent.bytes : undefined;
      const id = idOf(requestId, index);
      const answered = answeredPhoto(outcome, { id, bytes, cropped, model });
      for (const observe of this.#observers) observe(answered);
    }
  }

  /** The first fault of the whole request takes its other photos out of the queue. */
  async #estimateAll(request: EstimateRequest, model: LoadedModel): Promise<Outcome[]> {
    const { photos, query, deadlineAtMs } = request;
    const crop = wantedPart(query);
    const signal = new Cancellation(request.signal);
    const queue = model.batcher.reserve(photos.length);
    const estimateOne = async (photo: ReceivedPhoto | ReceivedPixels): Promise<Outcome> => {
      try {
        await this.#turns.next();
        signal.throwIfAborted();
        const estimated = await this.#estimator.estimate(photo, {
          model,
          queue,
          crop,
          signal,
          deadlineAtMs,
        });
        request.onPhoto?.(estimated);
        return estimated;
      } catch (error) {
        const fault = toServiceError(error);
        if (isAwaited(request, fault)) this.#onFault?.(fault, model);
        if (!faultsOfOnePhoto.has(fault.code)) signal.abort(fault);
        return { fault };
      }
    };
    try {
      const outcomes = await Promise.all(photos.map(estimateOne));
      signal.throwIfAborted();
      return outcomes;
    } finally {
      queue.release();
    }
  }
}

/**
 * Refuses edges that the model cannot answer for before they cost any inference.
 * @throws ServiceError `edge_not_supported`.
 */
function assertEdges({ head }: LoadedModel, query: PredictQuery): void {
  if (query.buckets === undefined && query.atLeast.length === 0) return;
  const uniform = new Float32Array(head.outputLength).fill(1 / head.outputLength);
  toAgeAnswer(head.interpret(uniform), query.buckets ?? head.buckets, query);
}

/** @throws ServiceError `malformed_request` where pixels are not as many as the version's input has. */
function assertPixels({ manifest }: LoadedModel, { photos }: EstimateRequest): void {
  const { width, height } = manifest.preprocess;
  if (photos.every((photo) => !('pixels' in photo) || photo.pixels.length === width * height)) {
    return;
  }
  throw new ServiceError(
    'malformed_request',
    `Version ${manifest.version} takes pixels of ${height}×${width} grey levels.`,
  );
}

/** Whether somebody waited for the photo until it failed; a deadline aborts the request too. */
function isAwaited({ signal }: EstimateRequest, { code }: ServiceError): boolean {
  return !signal.aborted || code === 'deadline_exceeded';
}
