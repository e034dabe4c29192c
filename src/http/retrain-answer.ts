import { z } from 'zod';
import {
  retrainResultSchema,
  retrainReasonSchema,
  retrainStatusSchema,
} from '../registry/retrain-record.ts';
import type { RetrainView } from '../retrain/retrain-runner.ts';

const statusShape = retrainStatusSchema.shape;

/** The answer of `GET /v1/admin/retrain`. */
export const retrainAnswerSchema = z.object({
  state: z.enum(['idle', 'running']),
  run: z
    .object({
      reason: retrainReasonSchema,
      startedAt: z.iso.datetime(),
      runId: z.string().nullable().describe('null, as the next three, until the run tells'),
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
