import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ChildEnd } from '../common/child-process.ts';
import { replaceFile } from './store/local-files.ts';

/**
 * How a retraining can end, and the exit status that says so. `promote`, `hold` and `refuse` are the gate's verdicts;
 * `locked`: another run holds the lock; `unchanged`: there is nothing to learn that a version has not learned; `usage`: the command line or a setting cannot be used.
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

/** Those that went as they should, though nothing may have been promoted. */
const inOrder: ReadonlySet<RetrainOutcome> = new Set([
  'promote',
  'hold',
  'refuse',
  'locked',
  'unchanged',
]);

/** @param asJob for platforms that run again, and warn of, whatever ends otherwise than with 0 */
export function exitCodeOf(outcome: RetrainOutcome, asJob: boolean): number {
  return asJob && inOrder.has(outcome) ? 0 : retrainExitCodes[outcome];
}

/** @param exitCode null where a signal ended the process; any other status that is not in the table is a failure. */
export function outcomeOfExit(exitCode: number | null): RetrainOutcome {
  return retrainOutcomes.find((outcome) => retrainExitCodes[outcome] === exitCode) ?? 'failed';
}

/** Who wanted a retraining: a person by the admin route, the clock, or photos unlike those the model was trained on. */
export const reasonKinds = ['admin', 'schedule', 'drift'] as const;

export const retrainReasonSchema = z.object({
  kind: z.enum(reasonKinds),
  /** For people; it holds no secret. */
  detail: z.string(),
});

export type RetrainReason = z.infer<typeof retrainReasonSchema>;

/** The stages of a retraining, in their order. */
export const retrainStages = ['fetch', 'train', 'publish', 'gate', 'finish'] as const;

/** What a retraining tells of itself while it runs and when it has ended: the file that `--status-file` names. */
export const retrainStatusSchema = z.object({
  runId: z.string().min(1),
  stage: z.enum(retrainStages),
  startedAt: z.iso.datetime(),
  stageStartedAt: z.iso.datetime(),
  /** How far the stage is, where it can be counted. */
  progress: z
    .object({
      done: z.number().min(0),
      total: z.number().positive(),
      /** What is counted, such as `photos` or `epochs`. */
      unit: z.string(),
      note: z.string().optional(),
    })
    .optional(),
  /** Only when the run has ended; a run that was killed has none. */
  outcome: z.enum(retrainOutcomes).optional(),
  /** The challenger, from when it is published. */
  version: z.int().positive().optional(),
  /** Why it ended as it did, for people. */
  reasons: z.array(z.string()).optional(),
});

export type RetrainStatus = z.infer<typeof retrainStatusSchema>;

/** Replaces the file at once, so that a reader never sees half of it. */
export async function writeRetrainStatus(file: string, status: RetrainStatus): Promise<void> {
  const text = `${JSON.stringify(retrainStatusSchema.parse(status))}\n`;
  await replaceFile(file, (partial) => writeFile(partial, text));
}

/** Undefined where there is none yet, or none that can be read. */
export async function readRetrainStatus(file: string): Promise<RetrainStatus | undefined> {
  try {
    return retrainStatusSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

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
