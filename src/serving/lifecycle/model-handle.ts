import type { DesiredModel, LoadedModel } from '../../registry/loading/loaded-model.ts';

/** A model held by one request. Must be released, in `finally`. */
export interface BorrowedModel {
  readonly model: LoadedModel;
  /** Gives the model back; a second call does nothing. */
  release(): void;
}

/**
 * Owns a loaded model and counts who holds it.
 * Invariant: the model is disposed exactly once, after `retire` and the last release, and never on the stack
 * of the request that released it.
 */
export class ModelHandle {
  readonly model: LoadedModel;
  #borrowers = 0;
  #disposal: Promise<void> | undefined;
  #onFree: (() => void) | undefined;

  constructor(model: LoadedModel) {
    this.model = model;
  }

  get inFlight(): number {
    return this.#borrowers;
  }

  /** Must not be called after `retire`: the manager hands out only the handle that serves. */
  borrow(): BorrowedModel {
    if (this.#disposal !== undefined) throw new Error('a retired model cannot be borrowed');
    this.#borrowers += 1;
    let held = true;
    return {
      model: this.model,
      release: () => {
        if (!held) return;
        held = false;
        this.#borrowers -= 1;
        if (this.#borrowers === 0) this.#onFree?.();
      },
    };
  }

  /** Resolves when the model is disposed; rejects where disposing failed. Calling again only waits. */
  retire(): Promise<void> {
    this.#disposal ??= this.#whenFree().then(() => this.model.dispose());
    return this.#disposal;
  }

  #whenFree(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFree = () => setImmediate(resolve);
      if (this.#borrowers === 0) this.#onFree();
    });
  }
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
