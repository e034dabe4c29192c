import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Request } from 'express';
import { Cancellation, type CancelSignal } from '../../../common/cancellation.ts';
import { ServiceError } from '../../../common/errors.ts';
import { Slots } from '../../../common/slots.ts';
import type { PredictService } from '../../predict/predict-service.ts';
import type { Readiness } from '../server/readiness.ts';
import { ClientGoneError } from '../upload/body.ts';

/** How long one request's work may go on, and how it learns that nobody waits any more. */
export interface RequestScope {
  /** Aborted at the deadline, when the client leaves, and when the server gives up on what is in flight. */
  readonly signal: CancelSignal;
  /** On the scale of performance.now(). */
  readonly deadlineAtMs: number;
}

/** The requests being worked on. */
export class ActiveRequests {
  readonly #running = new Slots<Cancellation>();
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
    const signal = new Cancellation();
    const onClose = (): void => signal.abort(new ClientGoneError());
    const timer = setTimeout(() => signal.abort(this.#tooLate()), this.#deadlineMs);
    response.once('close', onClose);
    const slot = this.#running.add(signal);
    try {
      const scope = { signal, deadlineAtMs: performance.now() + this.#deadlineMs };
      return await Promise.race([work(scope), rejectionOf(signal)]);
    } finally {
      clearTimeout(timer);
      response.removeListener('close', onClose);
      this.#running.remove(slot);
    }
  }

  /** Gives up on everything in flight: each is answered with the reason. */
  abortAll(reason: ServiceError): void {
    for (const signal of this.#running) signal.abort(reason);
  }

  #tooLate(): ServiceError {
    return new ServiceError(
      'deadline_exceeded',
      `No answer within ${this.#deadlineMs} ms. Try again later.`,
    );
  }
}

function rejectionOf(signal: CancelSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

export interface AdmissionDependencies {
  predictions: Pick<PredictService, 'assertRoom'>;
  readiness: Pick<Readiness, 'modelFault'>;
  /** Names the client; without it the address does. */
  clientKeyHeader: string;
}

/**
 * Refuses photos that no model or no place in the queue would be there for, before they are received. Not what the
 * readiness probe says: while draining, what comes over open connections is answered all the same.
 * @param selector the model that is asked for
 * @returns the client's key
 * @throws ServiceError as PredictService.assertRoom
 */
export async function admit(
  request: Request,
  selector: string | undefined,
  { predictions, readiness, clientKeyHeader }: AdmissionDependencies,
): Promise<string> {
  const fault = readiness.modelFault();
  if (fault !== undefined) throw fault;
  await predictions.assertRoom(selector);
  return request.get(clientKeyHeader) ?? request.ip ?? '';
}
