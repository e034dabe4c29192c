import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addToTotals } from '../../../src/learning/retrain/run-totals.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'totals-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the totals of runs', () => {
  it('accumulate by outcome across processes', async () => {
    const file = path.join(folder, 'totals.json');
    await addToTotals(file, 'refuse', '2026-11-25T12:00:00.000Z');
    await addToTotals(file, 'promote', '2026-11-26T12:00:00.000Z');
    expect(await addToTotals(file, 'refuse', '2026-11-27T12:00:00.000Z')).toEqual({
      refuse: { runs: 2, lastAt: '2026-11-27T12:00:00.000Z' },
      promote: { runs: 1, lastAt: '2026-11-26T12:00:00.000Z' },
    });
  });

  it('start over if the file is corrupt', async () => {
    const file = path.join(folder, 'totals.json');
    await writeFile(file, 'corrupt');
    const totals = await addToTotals(file, 'hold', '2026-11-25T12:00:00.000Z');
    expect(totals).toEqual({ hold: { runs: 1, lastAt: '2026-11-25T12:00:00.000Z' } });
  });
});
