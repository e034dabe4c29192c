import type { RequestHandler } from 'express';
import { z } from 'zod';
import { ServiceError } from '../../../common/errors.ts';
import {
  retrainResultSchema,
  retrainReasonSchema,
  retrainStatusSchema,
} from '../../../registry/retrain-record.ts';
import type { RetrainView, RetrainRunner, StartResult } from '../../retraining/retrain-runner.ts';
import { localsOf } from '../middleware/request-context.ts';
import { readJson } from '../upload/body.ts';
import { argumentsOf, retrainOverridesSchema } from './retrain-overrides.ts';

const statusShape = retrainStatusSchema.shape;

/** The answer of `GET /v1/admin/retrain`. */
export const retrainAnswerSchema = z.object({
  state: z.enum(['idle', 'running']),
  run: z
    .object({
      reason: retrainReasonSchema,
      startedAt: z.iso.datetime(),
      runId: z.string().nullable().describe('null, as the next three, until the run reports'),
      stage: statusShape.stage.nullable(),
      stageStartedAt: z.iso.datetime().nullable(),
      progress: statusShape.progress.unwrap().nullable(),
    })
    .nullable(),
  last: retrainResultSchema.nullable().describe('the last run that this server started'),
  nextScheduledAt: z.iso.datetime().nullable().describe('null where RETRAIN_SCHEDULE is off'),
  coolingDownUntil: z.iso.datetime().nullable().describe('until when drift starts no run'),
  log: z.array(z.string()).describe('last lines of the run under way, else of the last one'),
});

export type RetrainAnswer = z.infer<typeof retrainAnswerSchema>;

export function toRetrainAnswer(view: RetrainView, next: Date | undefined): RetrainAnswer {
  return {
    state: view.run === undefined ? 'idle' : 'running',
    run: view.run === undefined ? null : runOf(view.run),
    last: view.last ?? null,
    nextScheduledAt: next?.toISOString() ?? null,
    coolingDownUntil: view.coolingDownUntil ?? null,
    log: [...view.log],
  };
}

function runOf({ reason, startedAt, status }: NonNullable<RetrainView['run']>) {
  return {
    reason,
    startedAt,
    runId: status?.runId ?? null,
    stage: status?.stage ?? null,
    stageStartedAt: status?.stageStartedAt ?? null,
    progress: status?.progress ?? null,
  };
}

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

/** `POST /v1/admin/retrain`: starts a retraining in a separate process and answers 202 immediately. */
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

/** `GET /v1/admin/retrain`: the progress of the run under way, and the result of the last one */
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
        'One retraining runs at a time. GET /v1/admin/retrain reports its progress.',
      );
    case 'cannot-train':
      return new ServiceError('cannot_train', result.detail);
    case 'stopping':
      return new ServiceError('shutting_down', 'The server is shutting down. Try again.');
    case 'cooling-down':
      throw new Error('only drift cools down');
  }
}
