import { z } from 'zod';
import type { ChildEnd } from '../common/child-process.ts';
import { outcomeOfExit, retrainOutcomes, type RetrainOutcome } from './retrain-outcome.ts';
import { retrainReasonSchema } from './retrain-reason.ts';
import type { RetrainStatus } from './retrain-status.ts';

/** A retraining that has ended. */
export const retrainResultSchema = z.object({
  reason: retrainReasonSchema,
  /** The command's own name of the run; null where it never told. */
  runId: z.string().nullable(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  outcome: z.enum(retrainOutcomes),
  /** The challenger, where one was published. */
  version: z.int().positive().nullable(),
  /** Why it ended as it did, for people. */
  reasons: z.array(z.string()),
});

export type RetrainResult = z.infer<typeof retrainResultSchema>;

/**
 * @param status what it last told of itself
 * @param lastLine of its output
 */
export function verdictOf(
  end: ChildEnd,
  status: RetrainStatus | undefined,
  lastLine: string | undefined,
): Pick<RetrainResult, 'runId' | 'outcome' | 'version' | 'reasons'> {
  const told = status?.outcome === undefined ? undefined : status.reasons;
  return {
    runId: status?.runId ?? null,
    outcome: outcomeOf(end),
    version: status?.version ?? null,
    reasons: told ?? [describe(end, status, lastLine)],
  };
}

function outcomeOf({ exitCode, signal }: ChildEnd): RetrainOutcome {
  if (signal === 'SIGTERM' || signal === 'SIGINT') return 'interrupted';
  return outcomeOfExit(exitCode);
}

function describe(
  { exitCode, signal, startFault }: ChildEnd,
  status: RetrainStatus | undefined,
  lastLine: string | undefined,
): string {
  if (startFault !== undefined) return `it could not be started: ${startFault.message}`;
  const how = signal === null ? `with exit status ${exitCode}` : `by ${signal}`;
  const where = status === undefined ? '' : ` in stage ${status.stage}`;
  return `it ended ${how}${where}${lastLine === undefined ? '' : `; its last line: ${lastLine}`}`;
}
