import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Request } from 'express';
import { systemClock } from '../../../common/clock.ts';
import { Cancellation, type CancelSignal } from '../../../common/cancellation.ts';
import { ServiceError } from '../../../common/errors.ts';
import { Slots } from '../../../common/slots.ts';
import type { PredictService } from '../../predict/predict-service.ts';
import type { Readiness } from '../server/readiness.ts';
import { ClientGoneError } from '../upload/body.ts';
import { keepUploadDuring } from '../upload/upload-budget.ts';

/** The cancellation and the deadline of one request's work. */
export interface RequestScope {
  /** Aborted at the deadline, when the client disconnects, and when the server aborts the requests in flight. */
  readonly signal: CancelSignal;
  /** On the scale of performance.now(). */
  readonly deadlineAtMs: number;
}

/** The requests in flight. */
export class ActiveRequests {
  readonly #running = new Slots<Cancellation>();
  readonly #deadlineMs: number;

  /** @param deadlineMs counted from the end of the upload, as the server does not control a slow upload */
  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  /** Runs the work. When its scope is aborted, it rejects at once and the result of the work is dropped. */
  async run<Result>(
    response: ServerResponse,
    work: (scope: RequestScope) => Promise<Result>,
  ): Promise<Result> {
    const signal = new Cancellation();
    const onClose = (): void => signal.abort(new ClientGoneError());
    const cancelTimer = systemClock.after(this.#deadlineMs, () => signal.abort(this.#tooLate()));
    response.once('close', onClose);
    const slot = this.#running.add(signal);
    try {
      const scope = { signal, deadlineAtMs: performance.now() + this.#deadlineMs };
      const running = work(scope);
      keepUploadDuring(response, running);
      return await Promise.race([running, rejectionOf(signal)]);
    } finally {
      cancelTimer();
      response.removeListener('close', onClose);
      this.#running.remove(slot);
    }
  }

  /** Aborts every request in flight, which is then answered with the reason. */
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
  /** The header that identifies the client; without it, the address does. */
  clientKeyHeader: string;
}

/**
 * Refuses photos before they are received where no model serves or the queue is full. Unlike the readiness probe, it
 * admits requests over open connections while the server drains.
 * @param selector the version or alias that the request names
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
