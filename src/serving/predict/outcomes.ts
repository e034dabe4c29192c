import { ServiceError, toProblem } from '../../common/errors.ts';
import type { PhotoEstimate } from '../../inference/estimator.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import type { FaceAnswer, PredictAnswer, Prediction } from './answer.ts';
import type { PredictRequest, ReceivedPhoto } from './predict-request.ts';
import { toFaceAnswer } from './prediction.ts';

export interface PhotoFault {
  index: number;
  filename?: string;
  fault: ServiceError;
}

/** No photo of the request could be answered. Code and advice are those of the first photo's fault. */
export class AllPhotosFailedError extends ServiceError {
  readonly faults: readonly PhotoFault[];

  /** @param faults at least one. */
  constructor(faults: readonly PhotoFault[]) {
    const { fault } = faults[0]!;
    super(fault.code, fault.message, {
      cause: fault.cause,
      ...(fault.retryAfterSeconds === undefined
        ? {}
        : { retryAfterSeconds: fault.retryAfterSeconds }),
    });
    this.faults = faults;
  }
}

/** The result of one photo of a request: the estimate of one face or of all its faces, or why there is none. */
export type Outcome = PhotoEstimate | { faces: PhotoEstimate[] } | { fault: ServiceError };

/** The estimate of a face, and the position of its photo in the request. */
export interface EstimatedFace {
  photo: number;
  estimate: PhotoEstimate;
}

/**
 * All faces of a request, photo by photo.
 * @throws ServiceError the first fault; where there are several photos, it names the position of the photo
 */
export function allAnswered(outcomes: readonly Outcome[]): EstimatedFace[] {
  return outcomes.flatMap((outcome, photo) => {
    if ('fault' in outcome) throw namingPhoto(outcome.fault, photo, outcomes.length);
    return facesOf(outcome).map((estimate) => ({ photo, estimate }));
  });
}

/** The estimated faces of a photo, in the order of their ids. */
export function facesOf(outcome: Exclude<Outcome, { fault: ServiceError }>): PhotoEstimate[] {
  return 'faces' in outcome ? outcome.faces : [outcome];
}

function namingPhoto(fault: ServiceError, photo: number, photos: number): ServiceError {
  if (photos === 1 || fault.code !== 'no_face') return fault;
  return new ServiceError(fault.code, `Photo ${photo}, counted from 0: ${fault.message}`, {
    cause: fault,
  });
}

/**
 * Builds the answer of `POST /v1/predict`, with the photos in the order of the request.
 * @throws AllPhotosFailedError
 */
export function toAnswer(
  { photos, query, requestId }: PredictRequest,
  { manifest, engine, precision: { precision }, head }: LoadedModel,
  outcomes: readonly Outcome[],
): PredictAnswer {
  const faults = outcomes.flatMap((outcome, index) =>
    'fault' in outcome ? [{ ...sourceOf(photos, index), fault: outcome.fault }] : [],
  );
  if (faults.length === outcomes.length) throw new AllPhotosFailedError(faults);
  const { atLeast, confidence, buckets = head.buckets } = query;
  const question = { atLeast, confidence, buckets };
  return {
    model: {
      name: manifest.name,
      version: manifest.version,
      engine: engine.name,
      device: engine.device,
      precision,
    },
    predictions: outcomes.map((outcome, index) => {
      const source = sourceOf(photos, index);
      if ('fault' in outcome) return { ...source, error: toProblem(outcome.fault, requestId) };
      const id = idOf(requestId, index);
      if (!('faces' in outcome)) return toPrediction(source, toFaceAnswer(id, outcome, question));
      const faces = outcome.faces.map((face, place) =>
        toFaceAnswer(faceIdOf(id, place), face, question),
      );
      return { ...source, faces };
    }),
    requestId,
  };
}

/** The photo's place follows its id, as in 0.1. */
function toPrediction(source: Source, { id, ...answer }: FaceAnswer): Prediction {
  return { id, ...source, ...answer };
}

/** The prediction's id. */
export function idOf(requestId: string, index: number): string {
  return `${requestId}-${index}`;
}

/** The id of one of several faces of a photo. */
export function faceIdOf(photoId: string, place: number): string {
  return `${photoId}-${place}`;
}

interface Source {
  index: number;
  filename?: string;
}

function sourceOf(photos: readonly ReceivedPhoto[], index: number): Source {
  const { filename } = photos[index]!;
  return filename === undefined ? { index } : { index, filename };
}
