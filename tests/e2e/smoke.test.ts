import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { withoutTensorFlow } from '../support/models/native-tensorflow.ts';

const execute = promisify(execFile);

/** What a command prints. Rejects if the command fails. */
async function printedBy(script: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, ['--import', 'tsx', script, ...args]);
  return stdout;
}

describe.skipIf(withoutTensorFlow !== '')(`drawn faces${withoutTensorFlow}`, () => {
  it(
    'are learned, evaluated, exported and served, from one command',
    { timeout: 900_000 },
    async () => {
      const printed = await printedBy('tests/e2e/smoke/smoke.ts');
      expect(printed).toMatch(/^train +\d+ s {2}first loss/m);
      expect(printed).toMatch(/^evaluate +\d+ s {2}MAE \d\.\d+ years/m);
      expect(printed).toMatch(
        /^serve +\d+ s {2}drawn age → prediction: 8 → \d+, 35 → \d+, 75 → \d+$/m,
      );
    },
  );

  it('are learned as well by a run that is killed and resumed', { timeout: 900_000 }, async () => {
    const short = ['--seeds', '1', '--photos', '320'];
    const printed = await printedBy('tests/e2e/smoke/smoke-resume.ts', ...short);
    const [, loss] =
      /^loss: resumed runs differ by at most ([\d.]+) from their uninterrupted twins/m.exec(
        printed,
      )!;
    expect(Number(loss)).toBeLessThan(0.2);
  });

  it(
    'retrain a weak version beside a server under load, and with shuffled ages are refused',
    { timeout: 900_000 },
    async () => {
      const printed = await printedBy('tests/e2e/smoke/smoke-retrain.ts', '--scene', 'hand');
      expect(printed).toMatch(
        /^by hand: .*version 1 predicts .*, then version 2 predicts .*none failed/m,
      );
      expect(printed).toMatch(
        /^shuffled ages: version 3 is refused: MAE .*the excess is significant/m,
      );
    },
  );
});
