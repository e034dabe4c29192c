import type { DesiredModel, LoadedModel } from '../../registry/loading/loaded-model.ts';

/** A model that one request holds. The holder must release it, in `finally`. */
export interface BorrowedModel {
  readonly model: LoadedModel;
  /** A second call does nothing. */
  release(): void;
}

/**
 * Owns a loaded model and counts the requests that hold it.
 * Invariant: the model is disposed exactly once, after `retire` and the last release, and never on the stack of the
 * request that released it.
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

  /** Must not be called after `retire`: the manager lends only the serving handle. */
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

  /** Disposes of the model after the last release; rejects where disposing fails. Further calls only wait. */
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
 * Progress toward the desired version: `waiting` for the registry to name one, `loading` it, `serving` it, or `failed`
 * to load it, with a retry scheduled. While loading or failed, an older version may serve.
 */
export type ModelState = 'waiting' | 'loading' | 'serving' | 'failed';

export interface ServingModel {
  readonly model: LoadedModel;
  readonly alias: string;
  /** The number of requests that hold it. */
  readonly inFlight: number;
}

export interface ModelStatus {
  readonly state: ModelState;
  /** Why the desired version does not serve, or why none is desired; a sentence for people. */
  readonly reason: string | undefined;
  readonly current: ServingModel | undefined;
  /** The previous version, where it is still loaded. */
  readonly standby: number | undefined;
  readonly desired: DesiredModel | undefined;
}
