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

/** What a program told until now, and why it ended. */
function start(program: string) {
  const text: { lines: string[]; reasons: string[] } = { lines: [], reasons: [] };
  end = nvidiaSmiStarter(program)({
    onLine: (line) => text.lines.push(line),
    onEnd: (reason) => text.reasons.push(reason),
  });
  return text;
}

async function startFake(script: string) {
  fake = await fakeNvidiaSmi(script);
  return start(fake.program);
}

const twoGpus = "printf '0, 1024, 81920, 37\\n1, 2048, 81920, [N/A]\\n'";

describe('nvidia-smi', () => {
  it('is asked for what it can tell, and each line comes while it goes on', async () => {
    const text = await startFake(`${twoGpus}\nexec sleep 1000`);
    await eventually(() =>
      expect(text.lines).toEqual(['0, 1024, 81920, 37', '1, 2048, 81920, [N/A]']),
    );
    expect(text.reasons).toEqual([]);
    expect(await fake!.isRunning()).toBe(true);
  });

  it('is gone when it is ended, though it tells nothing and heeds no signal', async () => {
    const text = await startFake(`trap '' TERM INT HUP\n${twoGpus}\nwhile :; do sleep 0.01; done`);
    await eventually(() => expect(text.lines).toHaveLength(2));
    end();
    await eventually(() => expect(text.reasons).toEqual(['ended by SIGKILL']));
    expect(await fake!.isRunning()).toBe(false);
  });

  it('is ended with what it started still holding its output', async () => {
    const untilRemoved = 'while [ -e "$0" ]; do sleep 0.1; done &';
    const text = await startFake(`${twoGpus}\n${untilRemoved}\nwait`);
    await eventually(() => expect(text.lines).toHaveLength(2));
    end();
    await eventually(() => expect(text.reasons).toEqual(['ended by SIGKILL']));
  });

  it('tells its status and its last words where it fails', async () => {
    const text = await startFake("echo 'NVIDIA-SMI has failed' >&2\nexit 9");
    await eventually(() => expect(text.reasons).toEqual(['ended with status 9']));
    expect(text.lines).toEqual(['NVIDIA-SMI has failed']);
  });

  it('may not be there', async () => {
    const text = start('/nonexistent/nvidia-smi');
    await eventually(() =>
      expect(text.reasons).toEqual([expect.stringMatching(/^cannot be started: .*ENOENT/)]),
    );
    end();
    expect(text.reasons).toHaveLength(1);
  });

  it('may be no program', async () => {
    const text = start(import.meta.dirname);
    await eventually(() =>
      expect(text.reasons).toEqual([expect.stringMatching(/^cannot be started: /)]),
    );
  });
});
