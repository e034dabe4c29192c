import { Cancellation } from '../../common/cancellation.ts';
import { ServiceError, toServiceError, type ErrorCode } from '../../common/errors.ts';
import {
  assertRequestCost,
  type RequestCostLimits,
} from '../../inference/decoding/request-cost.ts';
import type { PhotoEstimate, PhotoEstimator } from '../../inference/estimator.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import type { PredictAnswer } from './answer.ts';
import { answeredPhoto, type ModelSource, type PhotoObserver } from './answered-photo.ts';
import { LoopTurns } from './loop-turns.ts';
import { allAnswered, idOf, toAnswer, type Outcome } from './outcomes.ts';
import { requestedCrop, type PredictQuery } from './predict-query.ts';
import type {
  EstimateRequest,
  PredictRequest,
  ReceivedPhoto,
  ReceivedPixels,
} from './predict-request.ts';
import { toAgeAnswer } from './prediction.ts';

/** The estimates of a request, and the version that made them. */
export interface Estimates {
  model: Pick<LoadedModel, 'manifest' | 'head' | 'engine'>;
  estimates: PhotoEstimate[];
}

/** Faults of a single photo: the request's other photos are still answered. Any other fault ends the request. */
const faultsOfOnePhoto: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unsupported_image_format',
  'image_undecodable',
  'image_too_small',
  'crop_outside_image',
  'too_many_pixels',
  'decoding_too_costly',
  'decoder_unavailable',
  'inference_failed',
]);

/** Answers requests: photos in, ages out. One version of the model answers all photos of a request. */
export class PredictService {
  readonly #models: ModelSource;
  readonly #estimator: Pick<PhotoEstimator, 'estimate'>;
  readonly #observers: PhotoObserver[] = [];
  /** Shared by all requests: decoding an ordinary JPEG is synchronous. */
  readonly #turns = new LoopTurns();

  readonly #costLimits: RequestCostLimits | undefined;

  /** @param costLimits what the photos of a request may cost together; without it, only each photo's own cost is limited */
  constructor(
    models: ModelSource,
    estimator: Pick<PhotoEstimator, 'estimate'>,
    costLimits?: RequestCostLimits,
  ) {
    this.#models = models;
    this.#estimator = estimator;
    this.#costLimits = costLimits;
  }

  /** Lets observers see every photo from now on, except those of unobserved requests. */
  addObservers(observers: readonly (PhotoObserver | undefined)[]): void {
    this.#observers.push(...observers.filter((observer) => observer !== undefined));
  }

  /**
   * Holds the model from before preprocessing, whose spec belongs to the version, until the answer, and reserves
   * slots in the queue before any photo costs work.
   * @returns for each photo, in order, its prediction, or its problem where only that photo is at fault.
   * @throws AllPhotosFailedError where no photo could be answered.
   * @throws ServiceError for a fault of the whole request: model, query, queue, deadline.
   */
  predict(request: PredictRequest): Promise<PredictAnswer> {
    return this.#answer(request, (model, outcomes) => toAnswer(request, model, outcomes));
  }

  /**
   * As `predict`, but returns the estimates themselves; a fault of one photo is a fault of the request.
   * @throws ServiceError
   */
  estimate(request: EstimateRequest): Promise<Estimates> {
    return this.#answer(request, (model, outcomes) => ({
      model,
      estimates: allAnswered(outcomes),
    }));
  }

  /**
   * Checks, before a photo is received, that the queue has room for it.
   * @param selector the version or alias that the request names; by default the model that serves
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
   * The model loaded under a name. The caller does not hold it, so it may read its description but not run it.
   * @throws ServiceError `model_not_ready`, `model_not_found` or `model_not_loaded`
   */
  async describe(selector: string | undefined): Promise<Estimates['model']> {
    const borrowed = await this.#models.borrow(selector);
    borrowed.release();
    return borrowed.model;
  }

  async #answer<Answer>(
    request: EstimateRequest,
    assemble: (model: LoadedModel, outcomes: readonly Outcome[]) => Answer,
  ): Promise<Answer> {
    const borrowed = await this.#models.borrow(request.query.model, request.clientKey);
    try {
      assertEdges(borrowed.model, request.query);
      assertPixels(borrowed.model, request);
      if (this.#costLimits !== undefined) assertRequestCost(bytesOf(request), this.#costLimits);
      const outcomes = await this.#estimateAll(request, borrowed.model);
      const answer = assemble(borrowed.model, outcomes);
      this.#notifyObservers(request, borrowed.model, outcomes);
      return answer;
    } finally {
      borrowed.release();
    }
  }

  #notifyObservers(
    { photos, query, requestId, owner, unobserved }: EstimateRequest,
    model: LoadedModel,
    outcomes: readonly Outcome[],
  ): void {
    if (unobserved === true || this.#observers.length === 0) return;
    const cropped = requestedCrop(query) !== undefined;
    for (const [index, outcome] of outcomes.entries()) {
      if ('fault' in outcome) continue;
      const sent = photos[index]!;
      const bytes = 'bytes' in sent ? sent.bytes : undefined;
      const id = idOf(requestId, index);
      const answered = answeredPhoto(outcome, { id, owner, bytes, cropped, model });
      for (const observer of this.#observers) observer.observe?.(answered);
    }
  }

  #notifyOfFault(request: EstimateRequest, fault: ServiceError, model: LoadedModel): void {
    if (request.unobserved === true || !isAwaited(request, fault)) return;
    for (const observer of this.#observers) observer.observeFault?.(fault, model);
  }

  /** A fault of the whole request removes its other photos from the queue. */
  async #estimateAll(request: EstimateRequest, model: LoadedModel): Promise<Outcome[]> {
    const { photos, query, deadlineAtMs } = request;
    const crop = requestedCrop(query);
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
        this.#notifyOfFault(request, fault, model);
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
 * Refuses bucket edges that the model cannot answer, before they cost an inference.
 * @throws ServiceError `edge_not_supported`.
 */
function assertEdges({ head }: LoadedModel, query: PredictQuery): void {
  if (query.buckets === undefined && query.atLeast.length === 0) return;
  const uniform = new Float32Array(head.outputLength).fill(1 / head.outputLength);
  toAgeAnswer(head.interpret(uniform), query.buckets ?? head.buckets, query);
}

/** @throws ServiceError `malformed_request` where the number of pixels differs from the version's input */
function assertPixels({ manifest }: LoadedModel, { photos }: EstimateRequest): void {
  const { width, height } = manifest.preprocess;
  if (photos.every((photo) => !('pixels' in photo) || photo.pixels.length === width * height)) {
    return;
  }
  throw new ServiceError(
    'malformed_request',
    `Version ${manifest.version} takes pixels of ${height}×${width} gray levels.`,
  );
}

function bytesOf({ photos }: EstimateRequest): Uint8Array[] {
  return photos.flatMap((photo) => ('bytes' in photo ? [photo.bytes] : []));
}

/** Whether the client waited until the photo failed; a deadline aborts the request too. */
function isAwaited({ signal }: EstimateRequest, { code }: ServiceError): boolean {
  return !signal.aborted || code === 'deadline_exceeded';
}
