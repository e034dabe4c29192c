import type { ServiceError } from '../../common/errors.ts';
import type { PhotoEstimate, PhotoTiming } from '../../inference/estimator.ts';
import type { Face } from '../../inference/faces/find-faces.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';
import type { GrayStatistics } from '../../inference/preprocess/photo-warnings.ts';
import type { PhotoCrop } from '../../inference/preprocess/preprocess.ts';
import type { PhotoFacts } from '../../inference/preprocess/spec.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import type { BorrowedModel } from '../lifecycle/model-handle.ts';

/** An answered photo, as observers of the traffic receive it. */
export interface AnsweredPhoto extends PhotoTiming {
  /** The prediction's, as answered. */
  id: string;
  /** The client that asked, as in the request. */
  owner: string | undefined;
  /**
   * As sent; undefined where the request sent pixels. An observer keeps it only where the operator asked for that, and
   * must bound how much it keeps and for how long.
   */
  bytes: Uint8Array | undefined;
  /** The part of it that the request selected; undefined for the whole photo. */
  crop: PhotoCrop | undefined;
  /** Of that part. */
  photo: PhotoFacts;
  /** In pixels of the whole photo, as displayed; undefined where the photo was taken for the framed face. */
  face: Face | undefined;
  /** Of the network's input. */
  gray: GrayStatistics;
  /** The network's input; read only. It shows the photo, so the same bounds hold. */
  pixels: Uint8Array;
  estimate: AgeEstimate;
  model: LoadedModel;
}

/** What the request adds to a photo's estimate. */
type AnswerContext = Pick<AnsweredPhoto, 'id' | 'owner' | 'bytes' | 'crop' | 'model'>;

/**
 * Property by property: Node 20 allocates what a spread of as many makes among old objects, where it keeps the photo until
 * the next major garbage collection.
 */
export function answeredPhoto(
  estimated: PhotoEstimate,
  { id, owner, bytes, crop, model }: AnswerContext,
): AnsweredPhoto {
  const { photo, face, gray, pixels, estimate } = estimated;
  const { preprocessMs, queueMs, inferenceMs, batchSize } = estimated;
  return {
    id,
    owner,
    bytes,
    crop,
    photo,
    face,
    gray,
    pixels,
    estimate,
    model,
    preprocessMs,
    queueMs,
    inferenceMs,
    batchSize,
  };
}

/** Receives the photos of the traffic as they are answered. Its methods return at once and never throw. */
export interface PhotoObserver {
  /** Called once for each answered photo, before the answer is sent. */
  observe?(photo: AnsweredPhoto): void;
  /** Called once for each photo in which faces were searched: whether one was found. */
  observeSearch?(found: boolean, model: LoadedModel): void;
  /** Called for each photo that a model could not answer while its client waited. */
  observeFault?(fault: ServiceError, model: LoadedModel): void;
}

/** Where the predict service borrows its model. */
export interface ModelSource {
  /**
   * @param selector a version or an alias, as the request gave it; undefined takes the model that serves.
   * @param clientKey identifies the client, which decides whether the canary answers it; without one production does.
   * @throws ServiceError `model_not_ready`, `model_not_found` or `model_not_loaded`.
   */
  borrow(selector: string | undefined, clientKey?: string): Promise<BorrowedModel>;
}
