/** What work needs to know of a signal that nobody waits for it any more; an AbortSignal is one. */
export interface CancelSignal {
  readonly aborted: boolean;
  /** Why; undefined until then. */
  readonly reason: AbortSignal['reason'];
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
  /** @throws the reason, once aborted */
  throwIfAborted(): void;
}

/**
 * Controller and signal in one, for what is made with every request. Node's own AbortSignal gets its prototype after it
 * is made, and so outlives collections of young garbage together with all that hangs on it (see http/app-messages.ts).
 */
export class Cancellation implements CancelSignal {
  readonly #listeners = new Set<() => void>();
  #aborted = false;
  #reason: unknown;

  /** @param parent cancels this one too; it is to live no longer than this one, as it holds on to it. */
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

  /** Tells each listener once; only the first reason counts. */
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
