import { describe, expect, it } from 'vitest';
import { outcomeOfExit, retrainExitCodes } from '../../../src/registry/retrain-record.ts';
import { reportText, type RetrainReport } from '../../../src/learning/retrain/retrain-report.ts';
import { exampleGate } from '../../support/models/example-gate.ts';

const promoted: RetrainReport = {
  runId: 'run-1',
  model: 'face-age',
  registry: './models',
  alias: 'production',
  outcome: 'promote',
  reasons: ['MAE 5.00 → 4.50 years: better'],
  resumed: false,
  startedAt: '2026-11-25T12:00:00.000Z',
  endedAt: '2026-11-25T12:10:00.000Z',
  champion: 1,
  challenger: 2,
  data: null,
  start: 'version 1',
  gate: exampleGate({ id: 'run-1', unverified: ['whether version 1 was trained on the photos'] }),
  seconds: { fetch: 1.2, train: 400 },
};

describe('the report of a run', () => {
  it('states what was promoted, why, and which version it replaces', () => {
    expect(reportText(promoted)).toBe(
      [
        'promoted: version 2',
        '  MAE 5.00 → 4.50 years: better',
        '  not verified: whether version 1 was trained on the photos',
        'production of face-age in ./models points to version 2; previously: version 1',
        'started from version 1',
        "the gate's result is face-age/gates/run-1.json",
        'run run-1: fetch 1 s, train 400 s',
      ].join('\n'),
    );
  });

  it('states which version still serves if nothing was promoted', () => {
    const gate = exampleGate({ outcome: 'refuse', promoted: false, reasons: ['worse'] });
    const refused = { ...promoted, outcome: 'refuse' as const, reasons: ['worse'], gate };
    expect(reportText(refused)).toMatch(/^refused: version 2\n {2}worse\n/);
    expect(reportText(refused)).toContain('still points to version 1');
    const nothing = { ...promoted, outcome: 'failed' as const, champion: null, challenger: null };
    expect(reportText({ ...nothing, gate: null, start: null, seconds: {} })).toBe(
      'failed\n  MAE 5.00 → 4.50 years: better\nproduction of face-age in ./models points to no version',
    );
  });
});

describe('the outcomes of a run', () => {
  it('each have their own exit status, which maps back to the outcome', () => {
    expect(retrainExitCodes).toMatchObject({
      promote: 0,
      failed: 1,
      usage: 2,
      hold: 10,
      refuse: 11,
      locked: 12,
      unchanged: 13,
      interrupted: 130,
    });
    for (const [outcome, code] of Object.entries(retrainExitCodes))
      expect(outcomeOfExit(code)).toBe(outcome);
  });
});
