import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ChildEnd } from '../common/process/child-process.ts';
import { replaceFile } from './store/local-files.ts';

/**
 * The outcomes of a retraining and their exit statuses. `promote`, `hold` and `refuse` are the gate's verdicts; `locked`:
 * another run holds the lock; `unchanged`: there are no new photos to train on; `usage`: the command line or a setting
 * is not valid.
 */
export const retrainExitCodes = {
  promote: 0,
  failed: 1,
  usage: 2,
  hold: 10,
  refuse: 11,
  locked: 12,
  unchanged: 13,
  interrupted: 130,
} as const;

export type RetrainOutcome = keyof typeof retrainExitCodes;

export const retrainOutcomes = Object.keys(retrainExitCodes) as RetrainOutcome[];

/** The outcomes of runs without an error, whether or not anything was promoted. */
const successful: ReadonlySet<RetrainOutcome> = new Set([
  'promote',
  'hold',
  'refuse',
  'locked',
  'unchanged',
]);

/** @param asJob returns 0 for every run without an error, because job schedulers retry and report any other status */
export function exitCodeOf(outcome: RetrainOutcome, asJob: boolean): number {
  return asJob && successful.has(outcome) ? 0 : retrainExitCodes[outcome];
}

/** @param exitCode null if a signal ended the process; a status that is not in the table counts as a failure */
export function outcomeOfExit(exitCode: number | null): RetrainOutcome {
  return retrainOutcomes.find((outcome) => retrainExitCodes[outcome] === exitCode) ?? 'failed';
}

/** What triggered a retraining: the admin route, the schedule, or drift of the photos. */
export const reasonKinds = ['admin', 'schedule', 'drift'] as const;

export const retrainReasonSchema = z.object({
  kind: z.enum(reasonKinds),
  /** For people; contains no secret. */
  detail: z.string(),
});

export type RetrainReason = z.infer<typeof retrainReasonSchema>;

/** The stages of a retraining, in order. */
export const retrainStages = ['fetch', 'train', 'publish', 'gate', 'finish'] as const;

/** The status file (`--status-file`) that a retraining writes while it runs and when it has ended. */
export const retrainStatusSchema = z.object({
  runId: z.string().min(1),
  stage: z.enum(retrainStages),
  startedAt: z.iso.datetime(),
  stageStartedAt: z.iso.datetime(),
  /** The progress of the stage, if it can be counted. */
  progress: z
    .object({
      done: z.number().min(0),
      total: z.number().positive(),
      /** The unit that is counted, such as `photos` or `epochs`. */
      unit: z.string(),
      note: z.string().optional(),
    })
    .optional(),
  /** Set when the run has ended; a run that was killed has none. */
  outcome: z.enum(retrainOutcomes).optional(),
  /** The challenger's version, once it is published. */
  version: z.int().positive().optional(),
  /** Why the run ended this way, for people. */
  reasons: z.array(z.string()).optional(),
});

export type RetrainStatus = z.infer<typeof retrainStatusSchema>;

/** Replaces the file atomically, so that a reader never sees a part of it. */
export async function writeRetrainStatus(file: string, status: RetrainStatus): Promise<void> {
  const text = `${JSON.stringify(retrainStatusSchema.parse(status))}\n`;
  await replaceFile(file, (partial) => writeFile(partial, text));
}

/** Undefined if the file does not exist yet or is not valid. */
export async function readRetrainStatus(file: string): Promise<RetrainStatus | undefined> {
  try {
    return retrainStatusSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** The result of a retraining that has ended. */
export const retrainResultSchema = z.object({
  reason: retrainReasonSchema,
  /** The run's id as the command reported it; null if it reported none. */
  runId: z.string().nullable(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  outcome: z.enum(retrainOutcomes),
  /** The challenger's version, if one was published. */
  version: z.int().positive().nullable(),
  /** Why the run ended this way, for people. */
  reasons: z.array(z.string()),
});

export type RetrainResult = z.infer<typeof retrainResultSchema>;

/**
 * Derives the result of a run from the end of its process.
 * @param status the last reported status
 * @param lastLine the last line of its output
 */
export function verdictOf(
  end: ChildEnd,
  status: RetrainStatus | undefined,
  lastLine: string | undefined,
): Pick<RetrainResult, 'runId' | 'outcome' | 'version' | 'reasons'> {
  const reported = status?.outcome === undefined ? undefined : status.reasons;
  return {
    runId: status?.runId ?? null,
    outcome: outcomeOf(end),
    version: status?.version ?? null,
    reasons: reported ?? [describe(end, status, lastLine)],
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
