import type { Request, Response } from 'express';
import { toProblem, type Problem, type ServiceError } from '../common/errors.ts';
import { AllPhotosFailedError } from '../predict/all-photos-failed.ts';
import { localsOf } from './request-locals.ts';

/**
 * Answers with the error's problem document (RFC 9457), or under `/v2` with `{"error": …}` as the Open Inference
 * Protocol has it. The headers must not be sent yet.
 */
export function sendProblem(request: Request, response: Response, error: ServiceError): void {
  if (error.retryAfterSeconds !== undefined) {
    response.setHeader('Retry-After', String(error.retryAfterSeconds));
  }
  localsOf(response).logFields.code = error.code;
  if (/^\/v2(\/|$)/.test(request.path)) {
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
