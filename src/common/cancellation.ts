/** The part of an AbortSignal that cancelable work uses. */
export interface CancelSignal {
  readonly aborted: boolean;
  /** The reason of the abort; undefined until then. */
  readonly reason: AbortSignal['reason'];
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
  /** @throws the reason, once aborted */
  throwIfAborted(): void;
}

/**
 * A controller and signal in one, created with every request. Node sets the prototype of its own AbortSignal after
 * creation, so that the signal and everything it references survive collections of the young generation (see
 * serving/http/server/http-server.ts).
 */
export class Cancellation implements CancelSignal {
  readonly #listeners = new Set<() => void>();
  #aborted = false;
  #reason: unknown;

  /** @param parent aborts this one too. It must not outlive this one, because it keeps a reference to it. */
  constructor(parent?: CancelSignal) {
    if (parent === undefined) return;
    const follow = (): void => this.abort(parent.reason);
    if (parent.aborted) follow();
    else parent.addEventListener('abort', follow);
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): AbortSignal['reason'] {
    return this.#reason;
  }

  /** Notifies each listener once; only the first reason counts. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    [this.#aborted, this.#reason] = [true, reason];
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.#aborted) this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason as Error;
  }
}
