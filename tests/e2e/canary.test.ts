import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const execute = promisify(execFile);

it(
  'a canary of the compiled service keeps to its share, and stops itself where it is slow or wrong',
  { timeout: 600_000 },
  async () => {
    const { stdout } = await execute('npm', ['run', '--silent', 'bench:canary', '--', '--short']);
    expect(stdout).toMatch(/^ {2}(1[89]|2[01])\.\d\d % by the canary, weight 20 %$/m);
    expect(stdout).toMatch(/^ {2}0 clients answered by both versions$/m);
    expect(
      stdout.match(/^ {2}the alias says, by canary guard: It stopped itself\./gm),
    ).toHaveLength(2);
    expect(stdout).not.toMatch(/^!/m);
  },
);
