import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCommand, type Command } from '../support/command.ts';
import { fakeCommandSetting } from '../support/fakes/fake-retraining.ts';

let state: string;
let command: Command | undefined;
beforeEach(async () => {
  state = await mkdtemp(path.join(tmpdir(), 'face-age-schedule-'));
});
afterEach(async () => {
  command?.child.kill('SIGKILL');
  await rm(state, { recursive: true, force: true });
});

function schedule(args: readonly string[], ...steps: string[]): Command {
  const env = { RETRAIN_COMMAND: fakeCommandSetting(...steps), RETRAIN_STATE_DIR: state };
  command = startCommand('scripts/schedule.ts', args, env);
  return command;
}

async function exitCodeOf({ child }: Command): Promise<number | null> {
  await once(child, 'close');
  return child.exitCode;
}

describe('npm run schedule', { timeout: 120_000 }, () => {
  it('retrains when a run is due, logs the next time, and passes options on', async () => {
    const running = schedule(
      ['--cron', '* * * * * *', '--time-zone', 'Europe/Berlin', '--', 'say:passed on', 'end:hold'],
      'say:hello',
    );
    await running.until(/next retraining, due .* Europe\/Berlin/);
    await running.until(/\nhello\npassed on\n[^]*retraining ended.*outcome hold/);
    await running.until(/outcome hold[^]*(next retraining|missed)/);
    running.child.kill('SIGTERM');
    await running.done();
  });

  it('passes SIGTERM on, waits for the checkpoint, and makes up for the run after a restart', async () => {
    const running = schedule(
      ['--cron', '* * * * * *'],
      'stage:train',
      'say:training',
      `wait:${state}/never`,
    );
    await running.until(/\ntraining/);
    running.child.kill('SIGTERM');
    await running.done();
    expect(running.output()).toMatch(/checkpoint written[^]*outcome interrupted/);
    const resumed = schedule(['--cron', '* * * * * *'], 'end:promote:2');
    await resumed.until(/a missed retraining runs now[^]*outcome promote/);
  });

  it.each([
    [[], /--cron: give a cron expression/],
    [['--cron', 'often'], /"often" is not a cron expression/],
    [['--cron', '0 3 * * 1', '--time-zone', 'Mars/Base'], /is not a time zone/],
    [['--cron', '0 3 * * 1', '--jitter-seconds', '-1'], /--jitter-seconds/],
    [['--often'], /--often/],
  ])('rejects %j', async (args, reason) => {
    expect(await exitCodeOf(schedule(args))).toBe(2);
    expect(command!.output()).toMatch(reason);
  });

  it('fails at the start if nothing can be trained', async () => {
    command = startCommand('scripts/schedule.ts', ['--cron', '0 3 * * 1'], {
      RETRAIN_COMMAND: "''",
    });
    expect(await exitCodeOf(command)).toBe(1);
    expect(command.output()).toMatch(/names no command/);
  });
});
