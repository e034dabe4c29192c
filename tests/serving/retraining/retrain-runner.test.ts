import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CannotTrainError } from '../../../src/serving/retraining/retrain-command.ts';
import type { RetrainResult } from '../../../src/registry/retrain-record.ts';
import { createFakeRetraining, type FakeRetraining } from '../../support/fakes/fake-retraining.ts';

const byHand = { kind: 'admin', detail: 'by hand' } as const;

let retraining: FakeRetraining;
beforeEach(async () => {
  retraining = await createFakeRetraining({ secrets: ['s3cret-value'] });
});
afterEach(() => retraining.close());

/** Starts a run that does these steps, and returns how it ended. */
async function run(...steps: string[]): Promise<RetrainResult> {
  retraining.steps = steps;
  expect(retraining.runner.start(byHand)).toMatchObject({ started: true });
  return (await retraining.runner.idle())!;
}

describe('a retraining', () => {
  it('reports its stage and progress while it runs, and its outcome when it has ended', async () => {
    const gate = retraining.gate('go');
    retraining.steps = ['stage:train', 'say:epoch 1', gate.step, 'end:promote:7:better by 0.4'];
    retraining.runner.start(byHand);
    await retraining.untilSaid('epoch 1');
    const during = await retraining.runner.view();
    expect(during.run).toMatchObject({
      reason: byHand,
      status: { runId: 'fake', stage: 'train', progress: { done: 1, total: 4, unit: 'epochs' } },
    });
    expect(during.log).toEqual(['epoch 1']);
    await gate.open();
    await retraining.runner.idle();
    const after = await retraining.runner.view();
    expect(after.run).toBeUndefined();
    expect(after.last).toMatchObject({
      reason: byHand,
      runId: 'fake',
      outcome: 'promote',
      version: 7,
      reasons: ['better by 0.4'],
    });
    expect(after.log).toEqual(['epoch 1']);
  });

  it('runs one at a time', async () => {
    const gate = retraining.gate('go');
    retraining.steps = [gate.step, 'end:hold'];
    expect(retraining.runner.start(byHand).started).toBe(true);
    expect(retraining.runner.start(byHand)).toEqual({ started: false, why: 'running' });
    await gate.open();
    await retraining.runner.idle();
    retraining.steps = ['end:hold'];
    expect(retraining.runner.start(byHand).started).toBe(true);
  });

  it('is counted by outcome, and leaves only its stored result', async () => {
    await run('end:refuse');
    await run('exit:12');
    const { values } = await retraining.metrics.retrainRuns.get();
    const counts = Object.fromEntries(
      values
        .filter(({ value }) => value > 0)
        .map(({ labels, value }) => [String(labels.result), value]),
    );
    expect(counts).toEqual({ refuse: 1, locked: 1 });
    const last = await retraining.metrics.retrainLastRun.get();
    expect(last.values.find(({ labels }) => labels.result === 'refuse')!.value).toBeGreaterThan(
      1e9,
    );
    expect((await retraining.metrics.retrainRunning.get()).values[0]!.value).toBe(0);
    expect(await readdir(retraining.folder)).toEqual(['last-run.json']);
  });

  it('that fails without a reason is explained by its last line', async () => {
    const { outcome, reasons } = await run('stage:train', 'say:no such folder', 'exit:1');
    expect(outcome).toBe('failed');
    expect(reasons).toEqual([
      'it ended with exit status 1 in stage train; its last line: no such folder',
    ]);
    expect(retraining.log.logged('warn')).toEqual(['retraining ended']);
  });

  it('shows no secret, neither in its log nor in its reasons', async () => {
    const { reasons } = await run('say:using s3cret-value', 'end:failed::told s3cret-value');
    expect(reasons).toEqual(['told ***']);
    expect((await retraining.runner.view()).log).toEqual(['using ***']);
  });

  it('that is killed has failed', async () => {
    const gate = retraining.gate('never');
    const killed = retraining.again({
      onLine: (pid) => process.kill(Number(pid), 'SIGKILL'),
      command: () => ({
        file: process.execPath,
        args: ['-e', 'console.log(process.pid); setInterval(() => {}, 1000)', gate.step],
        environment: process.env,
      }),
    });
    killed.start(byHand);
    const result = await killed.idle();
    expect(result).toMatchObject({ outcome: 'failed', version: null, runId: null });
    expect(result!.reasons[0]).toMatch(/^it ended by SIGKILL/);
    expect(killed.start(byHand).started).toBe(true);
    await killed.idle();
  });

  it('whose command does not exist has failed', async () => {
    const runner = retraining.again({
      command: () => ({ file: '/no/such/command', args: [], environment: {} }),
    });
    expect(runner.start(byHand).started).toBe(true);
    expect(await runner.idle()).toMatchObject({ outcome: 'failed' });
    expect((await runner.view()).last!.reasons[0]).toMatch(/could not be started: .*ENOENT/);
  });

  it('is not started if the installation cannot train', () => {
    const runner = retraining.again({
      command: () => {
        throw new CannotTrainError('no TensorFlow here');
      },
    });
    expect(runner.start(byHand)).toEqual({
      started: false,
      why: 'cannot-train',
      detail: 'no TensorFlow here',
    });
  });
});

describe('a runner that stops', () => {
  it('waits for the run to write its checkpoint, and starts no other', async () => {
    const gate = retraining.gate('never');
    retraining.steps = ['stage:train', 'say:training', gate.step];
    retraining.runner.start(byHand);
    await retraining.untilSaid('training');
    retraining.runner.stop();
    expect(await retraining.runner.idle()).toMatchObject({
      outcome: 'interrupted',
      reasons: ['stopped by a signal'],
    });
    expect((await retraining.runner.view()).log.at(-1)).toBe('checkpoint written');
    expect(retraining.runner.start(byHand)).toEqual({ started: false, why: 'stopping' });
  });
});

describe('a runner after a restart', () => {
  it('knows how the last run ended', async () => {
    const result = await run('end:promote:7');
    const restarted = retraining.again();
    expect((await restarted.view()).last).toBeUndefined();
    await restarted.recall();
    expect((await restarted.view()).last).toEqual(result);
  });

  it('continues if that cannot be stored', async () => {
    const runner = retraining.again({
      lastRun: {
        read: () => Promise.resolve(undefined),
        write: () => Promise.reject(new Error('read-only')),
      },
    });
    retraining.steps = ['end:hold'];
    runner.start(byHand);
    expect(await runner.idle()).toMatchObject({ outcome: 'hold' });
    expect(retraining.log.logged('warn')[0]).toContain('read-only');
  });
});
