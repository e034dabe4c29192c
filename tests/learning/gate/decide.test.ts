import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/learning/gate/decide.ts';
import { gateFigureNames } from '../../../src/registry/gate/gate-result.ts';
import {
  assessment,
  comparisonsOf,
  figures,
  thresholds,
  withBars,
  type Losses,
} from '../../support/models/gate-assessment.ts';

describe('decide', () => {
  it('promotes a challenger whose MAE is significantly better', () => {
    const champion = { ...figures, mae: 5.19 };
    const { outcome, reasons } = decide(assessment({ mae: [-0.19, 0.11] }, { champion }));
    expect(outcome).toBe('promote');
    expect(reasons).toEqual([
      'MAE 5.19 years → 5.00 years, 0.19 years better (95 %: 0.08 to 0.30); the difference is significant',
    ]);
  });

  it('holds back a challenger whose MAE gain is not significant', () => {
    const { outcome, reasons } = decide(assessment({ mae: [-0.06, 0.14] }));
    expect(outcome).toBe('hold');
    expect(reasons).toEqual([
      'MAE is 0.06 years better (95 %: −0.08 to 0.20); the MAE is not significantly better, and a loss of more than 0.05 years (tolerances.mae) is not ruled out',
    ]);
  });

  it('holds back an identical challenger', () => {
    const { outcome, reasons } = decide(assessment({}));
    expect(outcome).toBe('hold');
    expect(reasons.join()).toMatch(/no different.*no figure is significantly better/);
  });

  it.each(['decadeAccuracy', 'ece', 'worstGroupMae', 'falsePositiveRate', 'latency'] as const)(
    'promotes a challenger with no relevant loss of MAE and a significant gain of %s',
    (figure) => {
      const gain = { [figure]: [-0.4, 0.1] };
      expect(decide(assessment({ mae: [0.01, 0.03], ...gain })).outcome).toBe('promote');
      expect(decide(assessment({ mae: [0.01, 0.05], ...gain })).outcome).toBe('hold');
    },
  );

  it.each(gateFigureNames)(
    'refuses a challenger that is significantly worse than allowed in %s',
    (figure) => {
      const loss = thresholds.tolerances[figure] + 0.2;
      const better: Losses = { mae: [-1, 0.1], worstGroupMae: [-1, 0.1] };
      const { outcome, reasons } = decide(assessment({ ...better, [figure]: [loss, 0.1] }));
      expect(outcome).toBe('refuse');
      expect(reasons).toHaveLength(1);
      expect(reasons[0]).toMatch(/ worse .*tolerances\..* allows .*the excess is significant/);
    },
  );

  it.each(gateFigureNames)(
    'holds back a challenger that is worse than allowed in %s, but not significantly',
    (figure) => {
      const loss = thresholds.tolerances[figure] + 0.2;
      const { outcome, reasons } = decide(assessment({ mae: [-1, 0.1], [figure]: [loss, 0.3] }));
      expect(outcome).toBe('hold');
      expect(reasons[0]).toMatch(/tolerances\..* allows .*the excess is not significant/);
    },
  );

  it('names every figure that causes a refusal', () => {
    const { reasons } = decide(assessment({ mae: [1, 0.1], ece: [0.2, 0.05], latency: [3, 0.2] }));
    expect(reasons.map((reason) => reason.split(' ')[0])).toEqual(['MAE', 'ECE', 'latency']);
  });

  it('refuses a challenger that leaves further photos unanswered, even if it leaves too few to compare', () => {
    const unanswered = { of: 500, champion: 2, challenger: 8 };
    const better: Losses = { mae: [-1, 0.1] };
    const refused = decide(assessment(better, { unanswered }));
    expect(refused).toEqual({
      outcome: 'refuse',
      reasons: [
        'photos without an answer because no face was found 2 → 8 of 500, 1.2 % more; unansweredTolerance allows 1.0 %',
      ],
    });
    const none = { unanswered: { ...unanswered, challenger: 450 }, photos: 50 };
    expect(decide(assessment(better, none)).outcome).toBe('refuse');
    const allowed = { unanswered: { ...unanswered, challenger: 7 } };
    expect(decide(assessment(better, allowed)).outcome).toBe('promote');
    const first = { unanswered: { ...unanswered, champion: null } };
    expect(decide(assessment(better, first)).outcome).toBe('promote');
  });

  it('makes no decision on too few photos', () => {
    for (const losses of [{ mae: [-1, 0.1] }, { mae: [1, 0.1] }] satisfies Losses[]) {
      const { outcome, reasons } = decide(assessment(losses, { photos: 99 }));
      expect(outcome).toBe('hold');
      expect(reasons).toEqual([expect.stringMatching(/99 photos .* 100 \(minPhotos\)/)]);
    }
    expect(decide(assessment({ mae: [-1, 0.1] }, { photos: 100 })).outcome).toBe('promote');
  });

  it('refuses a challenger that no longer supports the threshold of 18 years', () => {
    const challenger = { ...figures, falsePositives: null };
    const comparisons = comparisonsOf({ mae: [-1, 0.1] }, ['mae', 'ece']);
    const { outcome, reasons } = decide(assessment({}, { challenger, comparisons }));
    expect(outcome).toBe('refuse');
    expect(reasons[0]).toMatch(/cannot distinguish adults from minors/);
    const both = { champion: challenger, challenger, comparisons };
    expect(decide(assessment({}, both)).outcome).toBe('promote');
  });

  it.each([
    ['mae', 4.9, /^MAE 5\.00 years does not meet the bar of 4\.90 years \(bars\.mae\)$/],
    [
      'decadeAccuracy',
      0.6,
      /^decade accuracy 0\.500 does not meet the bar of 0\.600 \(bars\.decadeAccuracy/,
    ],
    ['ece', 0.02, /^ECE 0\.030 does not meet/],
    ['worstGroupMae', 8, /^MAE of the worst group 9\.00 years \(ages 80-89\) does not meet/],
    ['falsePositiveRate', 0.05, /^minors taken for adults 10\.0 % \(10 of 100\) does not meet/],
    ['latency', 3, /^latency 4\.0 ms does not meet the bar of 3\.0 ms \(bars\.latency\)$/],
  ] as const)(
    'refuses a challenger that does not meet the bar of %s, whatever the champion',
    (figure, bar, reason) => {
      const overrides = withBars({ [figure]: bar });
      for (const champion of [figures, undefined]) {
        const losses = { mae: [-1, 0.1] } satisfies Losses;
        const { outcome, reasons } = decide(assessment(losses, { ...overrides, champion }));
        expect(outcome).toBe('refuse');
        expect(reasons).toEqual([expect.stringMatching(reason)]);
      }
    },
  );

  it('holds back a challenger if a bar cannot be checked', () => {
    const challenger = { ...figures, worstGroup: null };
    const { outcome, reasons } = decide(
      assessment({ mae: [-1, 0.1] }, { challenger, ...withBars({ worstGroupMae: 8 }) }),
    );
    expect(outcome).toBe('hold');
    expect(reasons[0]).toMatch(/does not show whether MAE of the worst group meets the bar of 8/);
  });

  it('promotes the first version if it meets the bars, and states when no bar is set', () => {
    const alone = { champion: undefined, comparisons: [] };
    const first = decide(
      assessment({}, { ...alone, ...withBars({ mae: 5, decadeAccuracy: 0.5 }) }),
    );
    expect(first).toEqual({
      outcome: 'promote',
      reasons: [
        'the alias points to no version, so there is no champion to compare with',
        'MAE 5.00 years meets the bar of 5.00 years (bars.mae)',
        'decade accuracy 0.500 meets the bar of 0.500 (bars.decadeAccuracy)',
      ],
    });
    expect(decide(assessment({}, alone)).reasons[1]).toMatch(/^no bar is set/);
  });

  it('never promotes a challenger that may be worse than allowed or has no gain', () => {
    const loss = fc.tuple(
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    const losses = fc.record(
      Object.fromEntries(gateFigureNames.map((figure) => [figure, loss])),
    ) as fc.Arbitrary<Losses>;
    fc.assert(
      fc.property(losses, (given) => {
        const evaluated = assessment(given);
        const { outcome, reasons } = decide(evaluated);
        const verdicts = evaluated.comparisons.map(({ verdict }) => verdict);
        const mae = evaluated.comparisons[0]!;
        expect(reasons.length).toBeGreaterThan(0);
        expect(outcome === 'refuse').toBe(verdicts.includes('worse'));
        const isSafe = !verdicts.includes('worse') && !verdicts.includes('doubtful');
        const isNoWorse = mae.interval.high <= mae.tolerance;
        const gains = mae.verdict === 'better' || (isNoWorse && verdicts.includes('better'));
        expect(outcome === 'promote').toBe(isSafe && gains);
      }),
      { numRuns: 2000 },
    );
  });
});
