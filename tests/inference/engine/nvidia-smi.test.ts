import { afterEach, describe, expect, it } from 'vitest';
import { nvidiaSmiStarter } from '../../../src/inference/engine/nvidia-smi.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeNvidiaSmi, type FakeNvidiaSmi } from '../../support/fakes/fake-nvidia-smi.ts';

let fake: FakeNvidiaSmi | undefined;
let end = () => {};
afterEach(async () => {
  end();
  await fake?.remove();
  fake = undefined;
});

/** The lines that a program has reported so far, and why it ended. */
function start(program: string) {
  const reported: { lines: string[]; reasons: string[] } = { lines: [], reasons: [] };
  end = nvidiaSmiStarter(program)({
    onLine: (line) => reported.lines.push(line),
    onEnd: (reason) => reported.reasons.push(reason),
  });
  return reported;
}

async function startFake(script: string) {
  fake = await fakeNvidiaSmi(script);
  return start(fake.program);
}

const twoGpus = "printf '0, 1024, 81920, 37\\n1, 2048, 81920, [N/A]\\n'";

describe('nvidia-smi', () => {
  it('is asked for the GPU fields and delivers each line while it runs', async () => {
    const reported = await startFake(`${twoGpus}\nexec sleep 1000`);
    await eventually(() =>
      expect(reported.lines).toEqual(['0, 1024, 81920, 37', '1, 2048, 81920, [N/A]']),
    );
    expect(reported.reasons).toEqual([]);
    expect(await fake!.isRunning()).toBe(true);
  });

  it('ends when killed although it prints nothing and ignores signals', async () => {
    const reported = await startFake(
      `trap '' TERM INT HUP\n${twoGpus}\nwhile :; do sleep 0.01; done`,
    );
    await eventually(() => expect(reported.lines).toHaveLength(2));
    end();
    await eventually(() => expect(reported.reasons).toEqual(['ended by SIGKILL']));
    expect(await fake!.isRunning()).toBe(false);
  });

  it('ends although a process that it started still holds its output', async () => {
    const untilRemoved = 'while [ -e "$0" ]; do sleep 0.1; done &';
    const reported = await startFake(`${twoGpus}\n${untilRemoved}\nwait`);
    await eventually(() => expect(reported.lines).toHaveLength(2));
    end();
    await eventually(() => expect(reported.reasons).toEqual(['ended by SIGKILL']));
  });

  it('reports its status and its last lines when it fails', async () => {
    const reported = await startFake("echo 'NVIDIA-SMI has failed' >&2\nexit 9");
    await eventually(() => expect(reported.reasons).toEqual(['ended with status 9']));
    expect(reported.lines).toEqual(['NVIDIA-SMI has failed']);
  });

  it('reports a program that does not exist', async () => {
    const reported = start('/nonexistent/nvidia-smi');
    await eventually(() =>
      expect(reported.reasons).toEqual([expect.stringMatching(/^cannot be started: .*ENOENT/)]),
    );
    end();
    expect(reported.reasons).toHaveLength(1);
  });

  it('reports a file that is not a program', async () => {
    const reported = start(import.meta.dirname);
    await eventually(() =>
      expect(reported.reasons).toEqual([expect.stringMatching(/^cannot be started: /)]),
    );
  });
});
