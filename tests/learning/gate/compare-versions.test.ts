import { describe, expect, it } from 'vitest';
import { compareVersions, verdictOf } from '../../../src/learning/gate/compare-versions.ts';
import { effectiveThresholds } from '../../../src/registry/gate/gate-config.ts';
import type { GateFigureName } from '../../../src/registry/gate/gate-result.ts';
import { testGate, type TestVersion } from '../../support/models/gated-answers.ts';

const thresholds = effectiveThresholds(undefined);

function compare(champion: TestVersion, challenger: TestVersion) {
  const comparisons = compareVersions(testGate(champion, challenger), thresholds);
  return (name: GateFigureName) => comparisons.find(({ figure }) => figure === name);
}

/** Five years too high or too low, alternately. */
const usual: TestVersion = { error: (_age, photo) => (photo % 2 === 0 ? 5 : -5) };

describe('compareVersions', () => {
  it('finds no difference between a version and itself', () => {
    const comparisons = compareVersions(testGate(usual, usual), thresholds);
    expect(comparisons).toHaveLength(6);
    for (const { loss, interval, verdict } of comparisons)
      expect({ loss, interval, verdict }).toEqual({
        loss: 0,
        interval: { low: 0, high: 0 },
        verdict: 'equal',
      });
  });

  it('reports a gain as a negative loss and a loss as a positive one', () => {
    const better: TestVersion = { error: (_age, photo) => (photo % 2 === 0 ? 3 : -3) };
    const gain = compare(usual, better)('mae')!;
    const loss = compare(better, usual)('mae')!;
    expect(gain.verdict).toBe('better');
    expect(loss.verdict).toBe('worse');
    expect(loss.loss).toBeCloseTo(-gain.loss, 9);
    expect(gain.loss).toBeLessThan(-1);
    expect(gain.interval.low).toBeLessThanOrEqual(gain.loss);
    expect(gain.interval.high).toBeGreaterThanOrEqual(gain.loss);
    expect(compare(usual, better)('decadeAccuracy')!.loss).toBeLessThan(0);
  });

  it('detects a version that classifies minors as adults, an overconfident one, and one that fails for one age group', () => {
    const older: TestVersion = { error: (age) => (age < 18 ? 18 - age : 0), confidence: 1 };
    const exact: TestVersion = { error: () => 0, confidence: 1 };
    expect(compare(exact, older)('falsePositiveRate')).toMatchObject({ loss: 1, verdict: 'worse' });
    const unsure: TestVersion = { ...usual, confidence: 0.55 };
    expect(compare(unsure, { ...usual, confidence: 1 })('ece')!.verdict).toBe('worse');
    const seventies: TestVersion = { error: (age) => (age >= 70 && age < 80 ? 12 : 1) };
    expect(compare({ error: () => 2 }, seventies)('worstGroupMae')!.verdict).toBe('worse');
  });

  it("reports the latency difference as a share of the champion's latency", () => {
    const slow: TestVersion = { ...usual, latencyMs: (photo) => 2 * (4 + (photo % 7) / 10) };
    expect(compare(usual, slow)('latency')).toMatchObject({ loss: 1, verdict: 'worse' });
    expect(compare(slow, usual)('latency')).toMatchObject({ loss: -0.5, verdict: 'better' });
  });

  it('leaves out figures that one version lacks, and all figures without a champion', () => {
    const decades = { ...usual, distinguishesYears: false };
    expect(compare(usual, decades)('falsePositiveRate')).toBeUndefined();
    expect(compareVersions(testGate(usual, usual, 1000), thresholds)).toHaveLength(5);
    expect(compareVersions(testGate(undefined, usual), thresholds)).toEqual([]);
  });
});

describe('verdictOf', () => {
  it.each([
    ['better', -0.5, { low: -0.8, high: -0.1 }],
    ['equal', -0.5, { low: -0.8, high: 0 }],
    ['equal', 0.2, { low: 0.1, high: 0.6 }],
    ['doubtful', 0.4, { low: -0.1, high: 0.9 }],
    ['doubtful', 0.4, { low: 0.2, high: 0.6 }],
    ['worse', 0.4, { low: 0.31, high: 0.6 }],
  ] as const)('is %s for a loss of %f', (verdict, loss, interval) => {
    expect(verdictOf('mae', loss, { interval, tolerance: 0.3 })).toBe(verdict);
  });

  it('counts a lower latency as better only if it improves by more than the tolerance', () => {
    const verdict = (high: number) =>
      verdictOf('latency', -0.28, { interval: { low: -0.4, high }, tolerance: 0.25 });
    expect(verdict(-0.2)).toBe('equal');
    expect(verdict(-0.26)).toBe('better');
  });
});
