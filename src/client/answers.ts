/** The service's responses as plain types without dependencies. A test compares them with the service's schemas. */

export interface BucketProbability {
  label: string;
  min: number;
  max: number;
  probability: number;
}

export interface ThresholdAnswer {
  age: number;
  /** The probability that the person is at least this old. */
  probability: number;
  decision: 'yes' | 'no' | 'uncertain';
}

/** The answer for one photo. */
export interface Prediction {
  id: string;
  index: number;
  filename?: string | undefined;
  /** The most probable of `buckets`. */
  bucket: BucketProbability;
  /** The probabilities sum to 1. */
  buckets: BucketProbability[];
  /** Years. */
  age: {
    mean: number;
    median: number;
    interval: { level: number; low: number; high: number };
  };
  atLeast: ThresholdAnswer[];
  /** Reasons to doubt the answer. */
  warnings: string[];
}

/** The model that answered. */
export interface ModelIdentity {
  name: string;
  version: number;
  engine: 'onnxruntime' | 'tensorflow';
  device: 'cpu' | 'gpu';
  precision: 'fp32' | 'int8';
}

/** An RFC 9457 problem document. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  requestId: string;
}

/** The part of the answer to `GET /v1/models` that clients need. */
export interface ModelsAnswer {
  name: string;
  state: 'waiting' | 'loading' | 'serving' | 'failed';
  reason: string | null;
  current: { version: number; alias: string; license: string } | null;
  split: { alias: string; version: number; share: number }[];
  versions: number[] | null;
  aliases: Record<string, number> | null;
}
