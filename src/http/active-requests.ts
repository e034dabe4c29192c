import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { ServiceError } from '../errors.ts';
import { ClientGoneError } from './client-gone.ts';

/** How long one request's work may go on, and how it learns that nobody waits any more. */
export interface RequestScope {
  /** Aborted at the deadline, when the client leaves, and when the server gives up on what is in flight. */
  readonly signal: AbortSignal;
  /** On the scale of performance.now(). */
  readonly deadlineAtMs: number;
}

/** The requests being worked on. */
export class ActiveRequests {
  readonly #controllers = new Set<AbortController>();
  readonly #deadlineMs: number;

  /** @param deadlineMs from when the upload is complete: a slow upload is not the server's doing. */
  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  /** Runs the work; where its scope is aborted it rejects at once, and what the work comes to is dropped. */
  async run<Result>(
    response: ServerResponse,
    work: (scope: RequestScope) => Promise<Result>,
  ): Promise<Result> {
    const controller = new AbortController();
    const { signal } = controller;
    const onClose = (): void => controller.abort(new ClientGoneError());
    const timer = setTimeout(() => controller.abort(this.#tooLate()), this.#deadlineMs);
    response.once('close', onClose);
    this.#controllers.add(controller);
    try {
      const scope = { signal, deadlineAtMs: performance.now() + this.#deadlineMs };
      return await Promise.race([work(scope), rejectionOf(signal)]);
    } finally {
      clearTimeout(timer);
      response.removeListener('close', onClose);
      this.#controllers.delete(controller);
    }
  }

  /** Gives up on everything in flight: each is answered with the reason. */
  abortAll(reason: ServiceError): void {
    for (const controller of this.#controllers) controller.abort(reason);
  }

  #tooLate(): ServiceError {
    return new ServiceError(
      'deadline_exceeded',
      `No answer within ${this.#deadlineMs} ms. Try again later.`,
    );
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
