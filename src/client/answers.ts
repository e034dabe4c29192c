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

export interface Point {
  x: number;
  y: number;
}

/** Where a face was found, in pixels of the photo as displayed. */
export interface Face {
  /** It may reach beyond the photo. */
  box: { x: number; y: number; width: number; height: number };
  /** How sure the detector is, from 0 to 1. */
  score: number;
  /** Clockwise turn of the face; 0 is upright. */
  rollDegrees: number;
  /** Left and right as seen in the picture. */
  landmarks: {
    leftEye: Point;
    rightEye: Point;
    nose: Point;
    mouth: Point;
    leftEar: Point;
    rightEar: Point;
  };
}

/** A reason to doubt an answer, and what raised it. */
export interface WarningDetail {
  code: string;
  /** Under a severe warning, every decision is `uncertain`. */
  severity: 'minor' | 'severe';
  value: number;
  threshold: number;
}

/** The answer for one face. */
export interface FaceAnswer {
  id: string;
  /** Absent where the photo was taken for the framed face. */
  face?: Face | undefined;
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
  /** The same, with what raised them. */
  warningDetails: WarningDetail[];
}

/** The answer for one photo: for its largest face, or the framed face. */
export interface Prediction extends FaceAnswer {
  index: number;
  filename?: string | undefined;
}

/** The answers for all faces of one photo. */
export interface PhotoFaces {
  index: number;
  filename?: string | undefined;
  /** Largest first; empty where none was found. */
  faces: FaceAnswer[];
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
  current: { version: number; alias: string; license: string; commercialUse?: boolean } | null;
  split: { alias: string; version: number; share: number }[];
  versions: number[] | null;
  aliases: Record<string, number> | null;
}
