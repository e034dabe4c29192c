import { describe, expect, it } from 'vitest';
import { childProcessRunner, lastLines } from '../../../src/cli/tensorflow-setup/run-command.ts';

const run = childProcessRunner({ PATH: process.env.PATH });
const node = (program: string, environment: Record<string, string> = {}) =>
  run(process.execPath, ['-e', program], { environment });

describe('running a command', () => {
  it('gathers both outputs and the exit code', async () => {
    const { exitCode, output } = await node(
      'console.log("out"); console.error("err"); process.exitCode = 3',
    );
    expect(exitCode).toBe(3);
    expect(output).toContain('out\n');
    expect(output).toContain('err\n');
  });

  it('adds to the environment', async () => {
    expect((await node('console.log(process.env.GREETING)', { GREETING: 'hi' })).output).toBe(
      'hi\n',
    );
  });

  it('answers 127 for a command that does not exist', async () => {
    expect((await run('no-such-command', [])).exitCode).toBe(127);
  });

  it('names the signal that ended it', async () => {
    const { exitCode, output } = await node('process.kill(process.pid, "SIGTERM")');
    expect(exitCode).not.toBe(0);
    expect(output).toContain('ended by SIGTERM');
  });
});

describe('the last lines of an output', () => {
  it('are indented, and no more than asked for', () => {
    expect(lastLines('a\nb\nc\n', 2)).toBe('    b\n    c');
  });
});
