import type { Progress } from '../../common/progress.ts';

/** Who is judged, on what, for which alias. */
export interface GateOptions {
  model: string;
  /** A published version. */
  challenger: number;
  /** Its version is the champion; it moves to the challenger on `promote`. */
  alias: string;
  /** Labelled photos: a folder or `s3://bucket/prefix`. */
  set: string;
  /** The photos of the set to judge on, or `all`. */
  split: string;
  /** Share of the photos of no split that validate, as in training. */
  valShare: number;
  /** Keeps preprocessed photos, which tell copies apart. */
  cache: string;
  /**
   * Of the result, a new one by default. Where a result of this id exists, nothing is judged again: what it decided is
   * brought to its end. So one who was interrupted asks again.
   */
  id?: string | undefined;
  /** Promotes whatever the outcome, which is recorded. */
  force?: boolean | undefined;
  /** Why it is forced. */
  reason?: string | undefined;
  /** Who or what asks; remembered in the result and in the alias's history. */
  by: string;
}

/** What a gate reports while it runs. */
export interface GateReporter {
  log(text: string): void;
  progress: Progress;
  /** Ends the gate with the signal's reason; nothing was written then, and no alias moved. */
  signal?: AbortSignal | undefined;
  /** Throws where nothing may be written or moved any more; asked right before that. */
  confirm?: (() => Promise<void>) | undefined;
}
