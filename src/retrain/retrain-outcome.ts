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
