import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { gateText } from '../../../src/learning/gate/gate-text.ts';
import { useGateWorkplace } from '../../support/models/gate-workplace.ts';
import { decadesHead, writeTinyArtifact } from '../../support/models/tiny-artifact.ts';

const at = useGateWorkplace();
beforeAll(async () => {
  exact = await readFile(table(), 'utf8');
});

let exact: string;
const table = () => path.join(at.set.faces, 'labels.csv');

/** Writes the labels of the set again, with a range for each exact age. */
async function labelWith(rangeOf: (age: number) => string): Promise<void> {
  const ranges = exact.replaceAll(/,(\d+),(\d)$/gm, (_, age, sex) => `,${rangeOf(+age)},${sex}`);
  await writeFile(table(), ranges);
}

describe('runGate on a set of ranges', { timeout: 60_000 }, () => {
  it('decides by the group accuracy, pairwise, and says so', async () => {
    await labelWith((age) => (age < 30 ? '0-29' : age < 60 ? '30-59' : '60+'));
    await at.writeVersions(95, 15);
    const same = await at.gate();
    const { challenger, champion } = same.figures;
    expect([champion!.mae, challenger!.mae, challenger!.worstGroup]).toEqual([null, null, null]);
    expect(challenger!.groupAccuracy).toBeCloseTo(0.33, 1);
    expect(same.comparisons.map(({ figure }) => figure)).toEqual(['groupAccuracy', 'latency']);
    expect(same.set).toMatchObject({ photos: 100, ranges: 100 });
    const text = gateText(same);
    expect(text).toMatch(/on 100 photos \(.*, val\), 100 of them labeled with ranges of ages/);
    expect(text).toMatch(/^group accuracy +0\.\d+ +0\.\d+ /m);
    expect(text).not.toMatch(/^MAE/m);
    expect(await at.stored(same.id)).toEqual(same);
  });

  it('refuses a challenger that is right about fewer ranges', async () => {
    await labelWith((age) => (age < 60 ? '0-59' : '60+'));
    await at.writeVersions(45, 100);
    const result = await at.gate();
    expect(result).toMatchObject({ outcome: 'refuse', promoted: false });
    expect(result.reasons[0]).toMatch(/^group accuracy 0\.\d+ → 0\.\d+, .* worse/);
  });

  it('refuses a challenger that no longer distinguishes years, which no range shows', async () => {
    await labelWith((age) => (age < 50 ? '0-49' : '50+'));
    await at.writeVersions(45, 45);
    await writeTinyArtifact(at.models, 2, decadesHead);
    const { outcome, reasons } = await at.gate();
    expect(outcome).toBe('refuse');
    expect(reasons.join()).toMatch(/cannot distinguish adults from minors/);
  });
});
