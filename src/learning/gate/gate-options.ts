import type { Progress } from '../../common/progress.ts';

/** Which version is evaluated, on which photos, for which alias. */
export interface GateOptions {
  model: string;
  /** A published version. */
  challenger: number;
  /** The alias of the champion; it moves to the challenger on `promote`. */
  alias: string;
  /** Labeled photos: a folder or `s3://bucket/prefix`. */
  set: string;
  /** The photos of the set to evaluate on, or `all`. */
  split: string;
  /** The share of the photos without a split that is used for validation, as in training. */
  valShare: number;
  /** The folder for preprocessed photos, which are used to detect duplicates. */
  cache: string;
  /** Columns that hold groups; `sex`, `gender`, `ethnicity` and `race` by default. */
  groups?: readonly string[] | undefined;
  /**
   * The id of the result; a new one by default. If a result with this id exists, its decision is applied without another
   * evaluation, so that an interrupted gate can be repeated.
   */
  id?: string | undefined;
  /** Promotes regardless of the outcome; the result records both. */
  force?: boolean | undefined;
  /** Why the promotion is forced. */
  reason?: string | undefined;
  /** Who or what runs the gate; recorded in the result and in the alias's history. */
  by: string;
}

/** Receives reports from a running gate, and can stop it. */
export interface GateReporter {
  log(text: string): void;
  progress: Progress;
  /** Ends the gate with the signal's reason, before it writes a result or moves the alias. */
  signal?: AbortSignal | undefined;
  /** Called immediately before the result is written; throws if the gate must not write or move anything. */
  confirm?: (() => Promise<void>) | undefined;
}
