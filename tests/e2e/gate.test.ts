import { execFile } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { programOf } from '../support/built-program.ts';
import { useGateWorkplace } from '../support/models/gate-workplace.ts';

const at = useGateWorkplace();
beforeEach(async () => {
  await at.setThresholds({});
});

interface Ended {
  code: number;
  printed: string;
  text: string;
}

/** A command as a person runs it. */
function run(command: string, given: string[], settings: Record<string, string> = {}) {
  const args = [...programOf(`scripts/${command}.ts`), ...given];
  const env = {
    PATH: process.env.PATH,
    MODEL_REGISTRY: at.models.root,
    GATE_SET: at.set.faces,
    ...settings,
  };
  return new Promise<Ended>((resolve) => {
    execFile(process.execPath, args, { env }, (error, printed, text) => {
      resolve({ code: Number(error?.code ?? 0), printed, text });
    });
  });
}

const gate = (given: string[], settings?: Record<string, string>) =>
  run('gate', ['--cache', at.set.cache, ...given], settings);

describe('npm run gate', { timeout: 240_000 }, () => {
  it('promotes, holds back or refuses, prints why, and sets an exit status for each', async () => {
    await at.writeVersions(70, 45, 70, 45);
    const promoted = await gate(['2']);
    expect(promoted.printed).toMatch(
      /^gate \S+: face-age 2 against 1 \(production\), on 100 photos[^]+^MAE +29[^]+^promote; production is version 2$[^]+^- MAE 29/m,
    );
    expect(promoted.code).toBe(0);
    const refused = await gate(['3', '--json']);
    expect(JSON.parse(refused.printed)).toMatchObject({ champion: 2, outcome: 'refuse' });
    expect(refused.code).toBe(11);
    const held = await gate(['4']);
    expect(held.printed).toMatch(/^hold; the alias is not moved$/m);
    expect(held.code).toBe(10);
    const forced = await gate(['4', '--force', '--reason', 'to see it serve']);
    expect(forced.printed).toMatch(
      /^hold, forced by .*: to see it serve; production is version 4$/m,
    );
    expect(forced.code).toBe(0);
    const { printed } = await run('models', ['gates']);
    expect(printed.trimEnd().split('\n').slice(2)).toEqual([
      expect.stringMatching(/ 29\.\d\d → 22\.\d\d +promote /),
      expect.stringMatching(/ 22\.\d\d → 29\.\d\d +refuse /),
      expect.stringMatching(/ hold /),
      expect.stringMatching(/ hold, forced /),
    ]);
    expect((await at.production())!.version).toBe(4);
  });

  it('exits with 2 if the request cannot be used, and with 1 if it fails', async () => {
    await at.writeVersions(70, 45);
    for (const [given, why, settings] of [
      [[], /missing required argument 'version'/],
      [['two'], /'two' is invalid .* Give a version number/],
      [['2', '3'], /too many arguments/],
      [['2', '--force'], /--force: needs --reason/],
      [['2', '--reason', 'why'], /--reason: is only for --force/],
      [['2', '--val-share', '2'], /--val-share/],
      [['2', '--nonsense'], /--nonsense/],
      [['2'], /--set: give a folder .* or set GATE_SET/, { GATE_SET: '' }],
      [['2'], /GATE_MIN_PHOTOS is no longer .*gate-config migrate/, { GATE_MIN_PHOTOS: '9' }],
      [['2'], /GATE_SETS is not a setting; did you mean GATE_SET\?/, { GATE_SETS: 'faces' }],
    ] satisfies [string[], RegExp, Record<string, string>?][]) {
      const { code, printed, text } = await gate(given, settings);
      expect({ given, code, printed }).toEqual({ given, code: 2, printed: '' });
      expect(text).toMatch(why);
    }
    const { code, text } = await gate(['9']);
    expect({ code, text }).toEqual({
      code: 1,
      text: `${at.models.root} has no version 9 of face-age; it has 1, 2.\n`,
    });
    expect(await at.registry.listGates('face-age')).toEqual([]);
  });
});
