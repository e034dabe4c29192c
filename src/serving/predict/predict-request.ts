import type { CancelSignal } from '../../common/cancellation.ts';
import type { PhotoTiming } from '../../inference/estimator.ts';
import type { PredictQuery } from './predict-query.ts';

/** A photo as it was sent. */
export interface ReceivedPhoto {
  bytes: Uint8Array;
  filename?: string;
}

/** The network's own input, preprocessed by the client: gray levels as the version's preprocessing computes them. */
export interface ReceivedPixels {
  pixels: Uint8Array;
}

/** What a request asks for, and how long it waits. */
export interface EstimateRequest {
  /** At least one. */
  photos: readonly (ReceivedPhoto | ReceivedPixels)[];
  query: PredictQuery;
  requestId: string;
  /** Identifies the client where a canary may answer it. */
  clientKey?: string;
  /** Identifies the API key that asked, which alone may give feedback by the ids of the answer; none without keys. */
  owner?: string | undefined;
  /** Aborted when the client no longer waits for the answer. */
  signal: CancelSignal;
  deadlineAtMs: number;
  /** Whether observers do not see its photos, as they are no traffic; false by default. */
  unobserved?: boolean;
  /** Answers all faces where the request names none and the largest one would be answered; false by default. */
  allByDefault?: boolean;
  /** Called for each photo when its estimate is ready. */
  onPhoto?: (timing: PhotoTiming) => void;
}

export interface PredictRequest extends EstimateRequest {
  photos: readonly ReceivedPhoto[];
}
