import type { Progress } from '../../common/progress.ts';

/** Which version is evaluated, on which photos, for which alias. */
export interface GateOptions {
  model: string;
  /** A published version. */
  challenger: number;
  /** Its version is the champion; it moves to the challenger on `promote`. */
  alias: string;
  /** Labeled photos: a folder or `s3://bucket/prefix`. */
  set: string;
  /** The photos of the set to evaluate on, or `all`. */
  split: string;
  /** Share of the photos of no split that validate, as in training. */
  valShare: number;
  /** The folder for preprocessed photos, which identify copies. */
  cache: string;
  /**
   * The id of the result, a new one by default. Where a result with this id exists, nothing is evaluated again: what it
   * decided is finished. So an interrupted gate can be repeated.
   */
  id?: string | undefined;
  /** Promotes whatever the outcome, which is recorded. */
  force?: boolean | undefined;
  /** Why it is forced. */
  reason?: string | undefined;
  /** Who or what runs the gate; recorded in the result and in the alias's history. */
  by: string;
}

/** What a gate reports while it runs. */
export interface GateReporter {
  log(text: string): void;
  progress: Progress;
  /** Ends the gate with the signal's reason; nothing was written then, and no alias moved. */
  signal?: AbortSignal | undefined;
  /** Called right before the result is written; throws where nothing may be written or moved any more. */
  confirm?: (() => Promise<void>) | undefined;
}
