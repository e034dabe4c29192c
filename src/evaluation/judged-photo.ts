import type { AgeEstimate } from '../inference/head/age-head.ts';

/** One labelled photo beside what a model made of it. */
export interface JudgedPhoto {
  /** True age in completed years, as labelled. */
  age: number;
  /** The groups it belongs to, such as `{ sex: '0' }`; an empty value is an unknown one. */
  groups: Readonly<Record<string, string>>;
  estimate: Pick<AgeEstimate, 'mean' | 'interval' | 'bucketProbabilities'>;
}

/** A labelled photo: what judging needs to know of it. */
export interface PhotoToJudge {
  /** What it is called; no path that can be opened. */
  file: string;
  /** As of JudgedPhoto. */
  age: number;
  groups: Readonly<Record<string, string>>;
  /** The file's bytes; rejects where they cannot be had. */
  read: () => Promise<Buffer<ArrayBuffer>>;
}

/** A judged photo and where to find it again. */
export interface AnsweredPhoto extends JudgedPhoto, Pick<PhotoToJudge, 'file' | 'read'> {}

/** A photo that could not be judged, and why. */
export interface UnreadablePhoto {
  file: string;
  reason: string;
}
