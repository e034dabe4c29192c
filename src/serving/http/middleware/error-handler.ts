import type { Request, Response, ErrorRequestHandler, NextFunction } from 'express';
import { dropBody } from '../server/body-dropper.ts';
import { systemClock } from '../../../common/clock.ts';
import {
  toProblem,
  type Problem,
  ServiceError,
  errorTable,
  toServiceError,
  type ErrorCode,
} from '../../../common/errors.ts';
import type { Logger } from '../../../common/logger.ts';
import type { Metrics } from '../../../common/metrics/metrics.ts';
import { startAtZero } from '../../../common/metrics/operation-metrics.ts';
import { RegistryError } from '../../../registry/registry.ts';
import { AllPhotosFailedError } from '../../predict/outcomes.ts';
import { ClientGoneError } from '../upload/body.ts';
import { isProbe } from './access-log.ts';
import { localsOf } from './request-context.ts';

/**
 * Answers with the error's problem document (RFC 9457), or under `/v2` with `{"error": …}`, the format of the Open
 * Inference Protocol. The headers must not be sent yet.
 */
export function sendProblem(request: Request, response: Response, error: ServiceError): void {
  if (error.retryAfterSeconds !== undefined) {
    response.setHeader('Retry-After', String(error.retryAfterSeconds));
  }
  localsOf(response).logFields.code = error.code;
  if (/^\/v2(?:\/|$)/.test(request.path)) {
    response.status(error.status).json({ error: `${error.code}: ${error.message}` });
    return;
  }
  response
    .status(error.status)
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(error, localsOf(response).requestId)));
}

function problemOf(error: ServiceError, requestId: string): Problem {
  const problem = toProblem(error, requestId);
  if (!(error instanceof AllPhotosFailedError)) return problem;
  const errors = error.faults.map(({ fault, ...place }) => ({
    ...place,
    error: toProblem(fault, requestId),
  }));
  return { ...problem, errors };
}

/** Refusals for lack of capacity or readiness, counted in `rejected_total`. */
const rejections: readonly ErrorCode[] = [
  'queue_full',
  'rate_limited',
  'feedback_full',
  'uploads_full',
  'model_not_ready',
  'shutting_down',
  'deadline_exceeded',
  'image_too_large',
  'request_too_large',
  'too_many_images',
  'decoding_too_costly',
  'decoder_unavailable',
];

/** Turns every error into an answer. Only errors without an entry in the error table are logged with their stack. */
export function errorHandler(logger: Logger, metrics: Metrics): ErrorRequestHandler {
  startAtZero(metrics.rejected, 'reason', rejections);
  // Express recognizes error handlers by their four parameters.
  return (thrown: unknown, request: Request, response: Response, next: NextFunction): void => {
    if (thrown instanceof ClientGoneError) {
      response.destroy();
      return;
    }
    const error = translate(thrown) ?? toServiceError(thrown);
    const { requestId } = localsOf(response);
    if (errorTable[error.code].status >= 500 && error.cause !== undefined) {
      logger.error({ requestId, code: error.code, err: error.cause }, error.message);
    }
    if (rejections.includes(error.code) && !isProbe(request))
      metrics.rejected.inc({ reason: error.code });
    if (response.headersSent) next(thrown);
    else answer(request, response, error);
  };
}

/** How long a client may go on sending a body that is refused. */
const DROP_MS = 10_000;

/** Reads and drops the rest of an upload, as a client that is still sending would not read the answer. */
function answer(request: Request, response: Response, error: ServiceError): void {
  request.unpipe();
  dropBody(request, response);
  if (!request.complete) {
    closeUnlessComplete(request);
    closeAfterBody(request, response);
  }
  sendProblem(request, response, error);
}

/**
 * Where the client wants the connection closed, closes it after the body. Node would close it after the answer, and as the
 * rest of the body has not been read then, the system would reset the connection and discard the answer.
 */
function closeAfterBody(request: Request, response: Response): void {
  if (response.shouldKeepAlive || response.hasHeader('Connection')) return;
  response.shouldKeepAlive = true;
  const close = (): void => void request.socket.end();
  request.once('end', () => {
    if (response.writableFinished) close();
    else response.once('finish', close);
  });
}

function closeUnlessComplete(request: Request): void {
  const cancel = systemClock.after(DROP_MS, () => request.socket.destroy());
  request.once('close', cancel).once('end', cancel);
}

/** Maps errors of libraries to entries of the error table. */
function translate(thrown: unknown): ServiceError | undefined {
  if (thrown instanceof URIError) {
    return new ServiceError('malformed_request', 'The path holds a malformed % escape.');
  }
  if (thrown instanceof RegistryError) {
    return new ServiceError('registry_unavailable', 'Try again later.', { cause: thrown });
  }
  return undefined;
}
