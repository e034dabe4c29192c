import type { LoadedModel } from '../registry/loading/loaded-model.ts';

/** A wish, not a command: this alias should be served by this version. */
export interface DesiredModel {
  readonly alias: string;
  readonly version: number;
}

/**
 * How far the wish has come true: `waiting` for a first wish, `loading` it, `serving` it, or `failed` to load
 * it and about to try again. While loading or failed, an older version may serve.
 */
export type ModelState = 'waiting' | 'loading' | 'serving' | 'failed';

export interface ServingModel {
  readonly model: LoadedModel;
  readonly alias: string;
  /** Requests that hold it. */
  readonly inFlight: number;
}

export interface ModelStatus {
  readonly state: ModelState;
  /** Why the wish has not come true, or why there is none; for people. */
  readonly reason: string | undefined;
  readonly current: ServingModel | undefined;
  /** The version that served before and is still loaded. */
  readonly standby: number | undefined;
  readonly desired: DesiredModel | undefined;
}
