import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/learning/gate/decide.ts';
import {
  assessment,
  comparisonsOf,
  figures,
  withBars,
  type Losses,
} from '../../support/models/gate-assessment.ts';

describe('decide on labels that are ranges', () => {
  const measured = { ...figures, groupAccuracy: 0.5 };
  const both = { champion: measured, challenger: measured };
  const ofRanges = {
    ...both,
    labels: { exact: 0, ranges: 500 },
    comparisons: comparisonsOf({}, ['groupAccuracy', 'latency']),
  };

  it('promotes a challenger whose group accuracy is significantly better, without any exact age', () => {
    const comparisons = comparisonsOf({ groupAccuracy: [-0.05, 0.01] }, ['groupAccuracy']);
    const { outcome, reasons } = decide(assessment({}, { ...ofRanges, comparisons }));
    expect(outcome).toBe('promote');
    expect(reasons).toEqual([
      'group accuracy 0.500 → 0.500, 0.050 better (95 %: 0.040 to 0.060); the difference is significant',
    ]);
  });

  it('holds back a challenger without a significant gain', () => {
    const { outcome, reasons } = decide(assessment({}, ofRanges));
    expect(outcome).toBe('hold');
    expect(reasons[0]).toMatch(/^group accuracy is no different .* is ruled out$/);
  });

  it('refuses a challenger that is better on exact ages and worse on ranges', () => {
    const losses: Losses = { mae: [-1, 0.1], groupAccuracy: [0.05, 0.01] };
    const { outcome, reasons } = decide(assessment(losses, both));
    expect(outcome).toBe('refuse');
    expect(reasons).toEqual([
      expect.stringMatching(/^group accuracy .*tolerances\.groupAccuracy allows 0\.010, and/),
    ]);
  });

  it('does not let a few labels of one kind decide', () => {
    const losses: Losses = { mae: [5, 1], groupAccuracy: [-0.05, 0.01] };
    const labels = { exact: 99, ranges: 500 };
    const comparisons = comparisonsOf(losses);
    const few = assessment(losses, { ...both, labels, comparisons });
    expect(decide(few).outcome).toBe('promote');
    expect(decide({ ...few, labels: { exact: 100, ranges: 500 } }).outcome).toBe('refuse');
    const { outcome, reasons } = decide({ ...few, labels: { exact: 99, ranges: 98 } });
    expect(outcome).toBe('hold');
    expect(reasons[0]).toMatch(/^only 99 photos with exact ages and 98 with ranges/);
  });

  it('checks bars of both kinds, and holds back where the set does not show them', () => {
    const bar = withBars({ groupAccuracy: 0.6 });
    expect(decide(assessment({ mae: [-1, 0.1] }, { ...both, ...bar }))).toEqual({
      outcome: 'refuse',
      reasons: ['group accuracy 0.500 does not meet the bar of 0.600 (bars.groupAccuracy)'],
    });
    const { outcome, reasons } = decide(assessment({}, { ...ofRanges, ...withBars({ mae: 6 }) }));
    expect(outcome).toBe('hold');
    expect(reasons[0]).toMatch(/does not show whether MAE meets the bar/);
  });
});
