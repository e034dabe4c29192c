import type { ServiceError } from '../../common/errors.ts';
import type { PhotoEstimate, PhotoTiming } from '../../inference/estimator.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';
import type { GreyStatistics } from '../../inference/preprocess/photo-warnings.ts';
import type { PhotoFacts } from '../../inference/preprocess/spec.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import type { BorrowedModel } from '../lifecycle/model-handle.ts';

/** A photo that has got its answer, for those who watch the traffic. */
export interface AnsweredPhoto extends PhotoTiming {
  /** The prediction's, as answered. */
  id: string;
  /**
   * As sent; undefined where pixels were. Whoever keeps it must bound how much and how long, and only where the
   * operator asked for it.
   */
  bytes: Uint8Array | undefined;
  /** Whether only a part of it was looked at. */
  cropped: boolean;
  /** Of that part. */
  photo: PhotoFacts;
  /** Of the network's input. */
  grey: GreyStatistics;
  /** The network's input; read only. Of the photo itself, so the same bounds hold. */
  pixels: Uint8Array;
  estimate: AgeEstimate;
  model: LoadedModel;
}

/** What the answer adds to a photo's estimate. */
type AnswerFacts = Pick<AnsweredPhoto, 'id' | 'bytes' | 'cropped' | 'model'>;

/**
 * Property by property: Node 20 allocates what a spread of as many makes among old objects, where it keeps the photo until
 * the next major garbage collection.
 */
export function answeredPhoto(
  estimated: PhotoEstimate,
  { id, bytes, cropped, model }: AnswerFacts,
): AnsweredPhoto {
  const { photo, grey, pixels, estimate } = estimated;
  const { preprocessMs, queueMs, inferenceMs, batchSize } = estimated;
  return {
    id,
    bytes,
    cropped,
    photo,
    grey,
    pixels,
    estimate,
    model,
    preprocessMs,
    queueMs,
    inferenceMs,
    batchSize,
  };
}

/** Told of each answered photo, once, before the answer is sent. It must return at once and never throw. */
export type AnswerObserver = (photo: AnsweredPhoto) => void;

/** Told of each photo that a model could not answer though somebody waited for it. It must never throw. */
export type FaultObserver = (fault: ServiceError, model: LoadedModel) => void;

/** Where the predict service borrows its model. */
export interface ModelSource {
  /**
   * @param selector a version or an alias, as the request gave it; undefined takes the model that serves.
   * @param clientKey names the client, for whatever share of the traffic goes elsewhere; without one none does.
   * @throws ServiceError `model_not_ready`, `model_not_found` or `model_not_loaded`.
   */
  borrow(selector: string | undefined, clientKey?: string): Promise<BorrowedModel>;
}
