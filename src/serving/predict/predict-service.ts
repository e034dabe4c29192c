import { Cancellation } from '../../common/cancellation.ts';
import type { ServiceError } from '../../common/errors.ts';
import { toServiceError, type ErrorCode } from '../../common/errors.ts';
import {
  assertRequestCost,
  type RequestCostLimits,
} from '../../inference/decoding/request-cost.ts';
import type { Reservation } from '../../inference/batching/batcher.ts';
import { detailOf } from '../../inference/decoding/header/coded-picture.ts';
import type { EstimateContext, PhotoEstimate, PhotoEstimator } from '../../inference/estimator.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import type { PredictAnswer } from './answer.ts';
import { answeredPhoto, type ModelSource, type PhotoObserver } from './answered-photo.ts';
import { LoopTurns } from './loop-turns.ts';
import {
  allAnswered,
  faceIdOf,
  facesOf,
  idOf,
  toAnswer,
  type EstimatedFace,
  type Outcome,
} from './outcomes.ts';
import { requestedCrop, type FacesMode } from './predict-query.ts';
import type {
  EstimateRequest,
  PredictRequest,
  ReceivedPhoto,
  ReceivedPixels,
} from './predict-request.ts';
import { assertEdges, assertPixels, facesModeOf, type FacesDefaults } from './request-checks.ts';

/** The estimates of a request, and the version that made them. */
export interface Estimates {
  model: Pick<LoadedModel, 'manifest' | 'head' | 'engine'>;
  /** Of all faces, photo by photo. */
  faces: EstimatedFace[];
}

export interface PredictServiceOptions extends FacesDefaults {
  /** What the photos of a request may cost together; without it, only each photo's own cost is limited. */
  costLimits?: RequestCostLimits;
}

/** Faults of a single photo: the request's other photos are still answered. Any other fault ends the request. */
const faultsOfOnePhoto: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unsupported_image_format',
  'image_undecodable',
  'no_face',
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
  readonly #estimator: Pick<PhotoEstimator, 'estimate' | 'estimateAll'>;
  readonly #observers: PhotoObserver[] = [];
  /** Shared by all requests: decoding an ordinary JPEG is synchronous. */
  readonly #turns = new LoopTurns();

  readonly #options: PredictServiceOptions;

  constructor(
    models: ModelSource,
    estimator: Pick<PhotoEstimator, 'estimate' | 'estimateAll'>,
    options: PredictServiceOptions,
  ) {
    this.#models = models;
    this.#estimator = estimator;
    this.#options = options;
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
      faces: allAnswered(outcomes),
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
      const { model } = borrowed;
      const { costLimits } = this.#options;
      const faces = facesModeOf(request, model, this.#options);
      assertEdges(model, request.query);
      assertPixels(model, request);
      if (costLimits !== undefined) {
        const hasCrop = requestedCrop(request.query, faces) !== undefined;
        assertRequestCost(bytesOf(request), costLimits, detailOf(faces !== 'none', hasCrop));
      }
      const outcomes = await this.#estimateAll(request, model, faces);
      const answer = assemble(model, outcomes);
      this.#notifyObservers(request, model, { faces, outcomes });
      return answer;
    } finally {
      borrowed.release();
    }
  }

  #notifyObservers(
    { photos, query, requestId, owner, unobserved }: EstimateRequest,
    model: LoadedModel,
    { faces, outcomes }: { faces: FacesMode; outcomes: readonly Outcome[] },
  ): void {
    if (unobserved === true || this.#observers.length === 0) return;
    const crop = requestedCrop(query, faces);
    for (const [index, outcome] of outcomes.entries()) {
      if ('fault' in outcome) continue;
      const sent = photos[index]!;
      const bytes = 'bytes' in sent ? sent.bytes : undefined;
      const photoId = idOf(requestId, index);
      for (const [place, estimated] of facesOf(outcome).entries()) {
        const id = 'faces' in outcome ? faceIdOf(photoId, place) : photoId;
        const answered = answeredPhoto(estimated, { id, owner, bytes, crop, model });
        for (const observer of this.#observers) observer.observe?.(answered);
      }
    }
  }

  /** Also of photos whose request fails for other reasons: the face was searched all the same. */
  #notifyOfSearch(request: EstimateRequest, model: LoadedModel, outcome: Outcome): void {
    const found = faceFound(outcome);
    if (request.unobserved === true || found === undefined) return;
    for (const observer of this.#observers) observer.observeSearch?.(found, model);
  }

  #notifyOfFault(request: EstimateRequest, fault: ServiceError, model: LoadedModel): void {
    if (request.unobserved === true || !isAwaited(request, fault)) return;
    this.#notifyOfSearch(request, model, { fault });
    for (const observer of this.#observers) observer.observeFault?.(fault, model);
  }

  /** A fault of the whole request removes its other photos from the queue. */
  async #estimateAll(
    request: EstimateRequest,
    model: LoadedModel,
    faces: FacesMode,
  ): Promise<Outcome[]> {
    const { photos, query, deadlineAtMs } = request;
    const signal = new Cancellation(request.signal);
    const queue = model.batcher.reserve(photos.length);
    const crop = requestedCrop(query, faces);
    const context = { model, queue, crop, signal, deadlineAtMs };
    const estimateOne = async (photo: ReceivedPhoto | ReceivedPixels): Promise<Outcome> => {
      try {
        await this.#turns.next();
        signal.throwIfAborted();
        const outcome = await this.#estimateOne(photo, context, faces);
        this.#notifyOfSearch(request, model, outcome);
        for (const estimated of facesOf(outcome)) request.onPhoto?.(estimated);
        return outcome;
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

  async #estimateOne(
    photo: ReceivedPhoto | ReceivedPixels,
    context: EstimateContext & { model: LoadedModel },
    mode: FacesMode,
  ): Promise<PhotoEstimate | { faces: PhotoEstimate[] }> {
    if (mode !== 'all' || !('bytes' in photo))
      return this.#estimator.estimate(photo, context, mode === 'none' ? 'none' : 'largest');
    const { batcher } = context.model;
    const reserve = (count: number): Reservation => batcher.reserve(count);
    const { maxFaces } = this.#options;
    return { faces: await this.#estimator.estimateAll(photo, context, { maxFaces, reserve }) };
  }
}

function bytesOf({ photos }: EstimateRequest): Uint8Array[] {
  return photos.flatMap((photo) => ('bytes' in photo ? [photo.bytes] : []));
}

/** Whether a face was found; undefined where none was searched, or the photo failed for another reason. */
function faceFound(outcome: Outcome): boolean | undefined {
  if ('fault' in outcome) return outcome.fault.code === 'no_face' ? false : undefined;
  if ('faces' in outcome) return outcome.faces.length > 0;
  return outcome.face === undefined ? undefined : true;
}

/** Whether the client waited until the photo failed; a deadline aborts the request too. */
function isAwaited({ signal }: EstimateRequest, { code }: ServiceError): boolean {
  return !signal.aborted || code === 'deadline_exceeded';
}
