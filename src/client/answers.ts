/** What the service answers, as plain types: nothing else is needed to use it. A test holds them against its schemas. */

export interface BucketProbability {
  label: string;
  min: number;
  max: number;
  probability: number;
}

export interface ThresholdAnswer {
  age: number;
  /** That the person is at least this old. */
  probability: number;
  decision: 'yes' | 'no' | 'uncertain';
}

/** One photo's answer. */
export interface Prediction {
  id: string;
  index: number;
  filename?: string | undefined;
  /** The most probable of `buckets`. */
  bucket: BucketProbability;
  /** Their probabilities sum to 1. */
  buckets: BucketProbability[];
  /** Years. */
  age: {
    mean: number;
    median: number;
    interval: { level: number; low: number; high: number };
  };
  atLeast: ThresholdAnswer[];
  /** What makes the answer doubtful. */
  warnings: string[];
}

/** Which model answered. */
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

/** What `GET /v1/models` tells, as far as clients have use for it. */
export interface ModelsAnswer {
  name: string;
  state: 'waiting' | 'loading' | 'serving' | 'failed';
  reason: string | null;
  current: { version: number; alias: string; license: string } | null;
  split: { alias: string; version: number; share: number }[];
  versions: number[] | null;
  aliases: Record<string, number> | null;
}
