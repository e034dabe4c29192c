import type { ErrorRequestHandler, NextFunction, Request, Response } from 'express';
import { ServiceError, errorTable, toServiceError, type ErrorCode } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import type { Metrics } from '../common/metrics/metrics.ts';
import { startAtZero } from '../common/metrics/operation-metrics.ts';
import { RegistryError } from '../registry/registry.ts';
import { ClientGoneError } from './client-gone.ts';
import { sendProblem } from './problem-response.ts';
import { localsOf } from './request-locals.ts';
import { isProbe } from './route-label.ts';

/** Refusals for want of capacity or readiness, counted as `rejected_total`. */
const rejections: readonly ErrorCode[] = [
  'queue_full',
  'rate_limited',
  'feedback_full',
  'model_not_ready',
  'shutting_down',
  'deadline_exceeded',
  'image_too_large',
  'request_too_large',
  'too_many_images',
];

/** The one place where errors become answers. Only what the table does not know is logged with its stack. */
export function errorHandler(logger: Logger, metrics: Metrics): ErrorRequestHandler {
  startAtZero(metrics.rejected, 'reason', rejections);
  // Express tells error handlers from others by their four parameters.
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

/** The rest of an upload is read and dropped meanwhile: a client that is still sending would not read the answer. */
function answer(request: Request, response: Response, error: ServiceError): void {
  request.unpipe();
  request.resume();
  sendProblem(request, response, error);
}

/** Errors of others that say something the table has a code for. */
function translate(thrown: unknown): ServiceError | undefined {
  if (thrown instanceof URIError) {
    return new ServiceError('malformed_request', 'The path holds a malformed % escape.');
  }
  if (thrown instanceof RegistryError) {
    return new ServiceError('registry_unavailable', 'Try again later.', { cause: thrown });
  }
  return undefined;
}
