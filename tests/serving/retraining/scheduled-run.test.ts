import { describe, expect, it } from 'vitest';
import type { RetrainRunner, StartResult } from '../../../src/serving/retraining/retrain-runner.ts';
import { scheduledRun } from '../../../src/serving/retraining/triggers.ts';
import { deferred, settle } from '../../support/fakes/deferred.ts';
import { recordingLogger } from '../../support/fakes/recording-logger.ts';

const due = { at: new Date('2026-05-01T03:00:00Z'), missed: false };
const started: StartResult = { started: true, startedAt: '2026-05-01T03:00:00.000Z' };

/** A runner that answers in turn, each time under way until the test ends it. */
function heldRunner(...answers: StartResult[]) {
  const calls: Parameters<RetrainRunner['start']>[] = [];
  const ends = answers.map(() => deferred<undefined>());
  let idles = 0;
  const runner: Pick<RetrainRunner, 'start' | 'idle'> = {
    start: (...call) => {
      calls.push(call);
      return answers[calls.length - 1]!;
    },
    idle: () => ends[idles++]!.promise,
  };
  return { runner, calls, ends };
}

describe('a scheduled run', () => {
  it('lasts as long as its retraining, and passes arguments to it', async () => {
    const { runner, calls, ends } = heldRunner(started);
    let over = false;
    const run = scheduledRun(runner, recordingLogger().logger, ['--epochs', '3'])(due);
    void run.then(() => (over = true));
    await settle();
    expect(over).toBe(false);
    ends[0]!.resolve(undefined);
    await run;
    const detail = 'due 2026-05-01T03:00:00.000Z';
    expect(calls).toEqual([[{ kind: 'schedule', detail }, ['--epochs', '3']]]);
  });

  it('waits for a retraining with another trigger, then runs its own', async () => {
    const { runner, calls, ends } = heldRunner({ started: false, why: 'running' }, started);
    const run = scheduledRun(runner, recordingLogger().logger)({ ...due, missed: true });
    await settle();
    expect(calls).toHaveLength(1);
    ends[0]!.resolve(undefined);
    await settle();
    expect(calls).toHaveLength(2);
    expect(calls[1]![0].detail).toMatch(/missed$/);
    ends[1]!.resolve(undefined);
    await run;
  });

  it('logs why it cannot train', async () => {
    const log = recordingLogger();
    const refusal = { started: false, why: 'cannot-train', detail: 'no TensorFlow' } as const;
    const { runner, ends } = heldRunner(refusal);
    ends[0]!.resolve(undefined);
    await scheduledRun(runner, log.logger)(due);
    expect(log.logged('warn')).toEqual(['no TensorFlow']);
  });
});
