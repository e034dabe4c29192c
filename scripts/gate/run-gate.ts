import type { Config } from '../../src/config.ts';
import type { Progress } from '../../src/progress.ts';
import type { GateResult } from '../../src/registry/gate-result.ts';

/** Who is judged, on what, for which alias. */
export interface GateWish {
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
  id?: string;
  /** Promotes whatever the outcome, which is recorded. */
  force?: boolean;
  /** Why it is forced. */
  reason?: string;
  /** Who or what asks; remembered in the result and in the alias's history. */
  by: string;
}

/** Where a gate tells of itself. */
export interface GateTold {
  tell(text: string): void;
  progress: Progress;
  /** Ends the gate with the signal's reason; nothing was written then, and no alias moved. */
  signal?: AbortSignal;
}

/**
 * Judges a challenger against the version that an alias stands for, both loaded and asked as a server would, writes
 * the result beside the versions and, where it is to be promoted, moves the alias. The result is written before the
 * alias moves.
 * @throws Error whose message says what to do: no such version, no photo in the split, …
 */
export function runGate(_wish: GateWish, _config: Config, _told: GateTold): Promise<GateResult> {
  return Promise.reject(new Error('not built yet'));
}
