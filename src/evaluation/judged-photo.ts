import type { AgeEstimate } from '../network/age-head.ts';

/** One labelled photo beside what a model made of it. */
export interface JudgedPhoto {
  /** True age in completed years, as labelled. */
  age: number;
  /** The groups it belongs to, such as `{ sex: '0' }`; an empty value is an unknown one. */
  groups: Readonly<Record<string, string>>;
  estimate: Pick<AgeEstimate, 'mean' | 'interval' | 'bucketProbabilities'>;
}

/** A judged photo and where it lies. */
export interface AnsweredPhoto extends JudgedPhoto {
  /** Absolute path. */
  file: string;
}

/** A photo that could not be judged, and why. */
export interface UnreadablePhoto {
  file: string;
  reason: string;
}
