import { ServiceError, toProblem } from '../../common/errors.ts';
import type { PhotoEstimate } from '../../inference/estimator.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import type { Failure, PredictAnswer, Prediction } from './answer.ts';
import type { PredictRequest, ReceivedPhoto } from './predict-request.ts';
import { toAgeAnswer } from './prediction.ts';

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

/** The result of one photo of a request. */
export type Outcome = PhotoEstimate | { fault: ServiceError };

/** @throws ServiceError the first fault */
export function allAnswered(outcomes: readonly Outcome[]): PhotoEstimate[] {
  return outcomes.map((outcome) => {
    if ('fault' in outcome) throw outcome.fault;
    return outcome;
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
  return {
    model: {
      name: manifest.name,
      version: manifest.version,
      engine: engine.name,
      device: engine.device,
      precision,
    },
    predictions: outcomes.map((outcome, index): Prediction | Failure => {
      const source = sourceOf(photos, index);
      if ('fault' in outcome) return { ...source, error: toProblem(outcome.fault, requestId) };
      const { estimate, warnings } = outcome;
      const answer = toAgeAnswer(estimate, query.buckets ?? head.buckets, query);
      const { bucket, buckets, age, atLeast } = answer;
      const id = idOf(requestId, index);
      return { id, ...source, bucket, buckets, age, atLeast, warnings };
    }),
    requestId,
  };
}

/** The prediction's id. */
export function idOf(requestId: string, index: number): string {
  return `${requestId}-${index}`;
}

function sourceOf(photos: readonly ReceivedPhoto[], index: number) {
  const { filename } = photos[index]!;
  return filename === undefined ? { index } : { index, filename };
}
