import type { RequestHandler } from 'express';
import { z } from 'zod';
import { ServiceError } from '../common/errors.ts';
import { argumentsOf, retrainOverridesSchema } from '../retrain/retrain-overrides.ts';
import type { RetrainRunner, StartResult } from '../retrain/retrain-runner.ts';
import { readJson } from './json-body.ts';
import { localsOf } from './request-locals.ts';
import { toRetrainAnswer } from './retrain-answer.ts';

const BODY_MAX_BYTES = 10_000;

export interface RetrainRoutesDependencies {
  retraining: {
    runner: Pick<RetrainRunner, 'start' | 'view'>;
    /** When the schedule starts the next run; undefined where none does. */
    nextAt: () => Date | undefined;
  };
}

/** The body that starts a retraining. */
export const startRetrainSchema = retrainOverridesSchema.extend({
  reason: z.string().max(500).optional(),
});

/** `POST /v1/admin/retrain`: starts a retraining beside the server and answers 202 at once. */
export function startRetrainRoute({ retraining }: RetrainRoutesDependencies): RequestHandler {
  return async (request, response) => {
    const { reason, ...overrides } = await readJson(request, startRetrainSchema, BODY_MAX_BYTES);
    const { requestId, logFields } = localsOf(response);
    const detail = reason ?? `admin request ${requestId}`;
    const result = retraining.runner.start({ kind: 'admin', detail }, argumentsOf(overrides));
    if (!result.started) throw refusal(result);
    logFields.retrain = 'started';
    const answer = toRetrainAnswer(await retraining.runner.view(), retraining.nextAt());
    response.status(202).setHeader('Location', '/v1/admin/retrain').json(answer);
  };
}

/** `GET /v1/admin/retrain`: the run under way and how far it is, and how the last one ended. */
export function retrainRoute({ retraining }: RetrainRoutesDependencies): RequestHandler {
  return async (_request, response) => {
    response.json(toRetrainAnswer(await retraining.runner.view(), retraining.nextAt()));
  };
}

function refusal(result: Extract<StartResult, { started: false }>): ServiceError {
  switch (result.why) {
    case 'running':
      return new ServiceError(
        'retrain_running',
        'One retraining runs at a time. GET /v1/admin/retrain tells how far it is.',
      );
    case 'cannot-train':
      return new ServiceError('cannot_train', result.detail);
    case 'stopping':
      return new ServiceError('shutting_down', 'The server is shutting down. Try again.');
    case 'cooling-down':
      throw new Error('only drift cools down');
  }
}
