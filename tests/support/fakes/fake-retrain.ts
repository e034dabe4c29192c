/**
 * A fake retrain command that executes the steps given as its arguments, in order.
 *   stage:NAME        reports the stage in the status file
 *   say:TEXT          prints a line
 *   wait:FILE         waits until the file exists
 *   end:OUTCOME[:VERSION[:REASON]]  reports the outcome and exits with its status
 *   exit:STATUS       exits without a report
 * On SIGTERM it prints `checkpoint written` and ends as interrupted.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  retrainExitCodes,
  retrainOutcomes,
  type RetrainOutcome,
  retrainStages,
  writeRetrainStatus,
  type RetrainStatus,
} from '../../../src/registry/retrain-record.ts';

const args = process.argv.slice(2);
const statusFile = args[args.indexOf('--status-file') + 1]!;
const print = (line: string) => void process.stdout.write(`${line}\n`);
const startedAt = new Date().toISOString();
let status: RetrainStatus = { runId: 'fake', stage: 'fetch', startedAt, stageStartedAt: startedAt };

async function report(change: Partial<RetrainStatus>): Promise<void> {
  status = { ...status, ...change };
  await writeRetrainStatus(statusFile, status);
}

async function end(outcome: RetrainOutcome, more: Partial<RetrainStatus> = {}): Promise<never> {
  await report({ outcome, ...more });
  process.exit(retrainExitCodes[outcome]);
}

async function doStep(step: string): Promise<void> {
  const [, verb, rest] = /^(\w+):(.*)$/s.exec(step) ?? [];
  if (verb === undefined) return;
  const value = rest!;
  if (verb === 'say') print(value);
  if (verb === 'exit') process.exit(Number(value));
  if (verb === 'wait') while (!existsSync(value)) await sleep(10);
  if (verb === 'stage') {
    const stage = retrainStages.find((name) => name === value)!;
    await report({ stage, progress: { done: 1, total: 4, unit: 'epochs' } });
  }
  if (verb === 'end') {
    const [name, version, reason] = value.split(':');
    const outcome = retrainOutcomes.find((known) => known === name)!;
    await end(outcome, {
      ...(version ? { version: Number(version) } : {}),
      reasons: [reason ?? `ended with ${outcome}`],
    });
  }
}

process.once('SIGTERM', () => {
  print('checkpoint written');
  void end('interrupted', { reasons: ['stopped by a signal'] });
});
for (const step of args) await doStep(step);
