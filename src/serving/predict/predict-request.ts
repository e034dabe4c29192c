import type { CancelSignal } from '../../common/cancellation.ts';
import type { PhotoTiming } from '../../inference/estimator.ts';
import type { PredictQuery } from './predict-query.ts';

/** A photo as it was sent. */
export interface ReceivedPhoto {
  bytes: Uint8Array;
  filename?: string;
}

/** The network's own input, made by whoever sent it: grey levels as the version's preprocessing would give them. */
export interface ReceivedPixels {
  pixels: Uint8Array;
}

/** What a request asks for, and how long it waits. */
export interface EstimateRequest {
  /** At least one. */
  photos: readonly (ReceivedPhoto | ReceivedPixels)[];
  query: PredictQuery;
  requestId: string;
  /** Names the client where it may be given another version than production. */
  clientKey?: string;
  /** Aborted when nobody waits for the answer any more. */
  signal: CancelSignal;
  deadlineAtMs: number;
  /** Told of each photo as it has got its estimate. */
  onPhoto?: (timing: PhotoTiming) => void;
}

export interface PredictRequest extends EstimateRequest {
  photos: readonly ReceivedPhoto[];
}
