import { describe, expect, it } from 'vitest';
import type { AgeEstimate } from '../../../../src/inference/head/age-head.ts';
import type { WarningDetail } from '../../../../src/inference/preprocess/warnings.ts';
import {
  compare,
  warningFigures,
  type WarnedPhoto,
} from '../../../../src/learning/evaluation/warnings/warning-figures.ts';

const estimate = (median: number, atLeast: number): AgeEstimate => ({
  distribution: new Float64Array(101),
  mean: median - 0.5,
  median,
  interval: { level: 0.8, low: median - 4, high: median + 4 },
  probabilityOf: () => 0,
  probabilityAtLeast: () => atLeast,
  bucketProbabilities: () => [],
});
const label = (minAge: number, maxAge = minAge) => ({ file: 'a.jpg', minAge, maxAge });

describe('compare', () => {
  it('takes years from the mean to an exact age', () => {
    expect(compare(label(30), estimate(36.5, 0.5))).toEqual({
      ...{ error: 6, isRight: false, isCovered: false },
      ...{ decisions: 0, wrongDecisions: 0 },
    });
    expect(compare(label(33), estimate(36.5, 0.5))).toMatchObject({ error: 3, isRight: true });
    expect(compare(label(33), estimate(36.5, 0.5)).isCovered).toBe(true);
  });

  it('takes years beyond a range, and counts a year within it as right', () => {
    const median = estimate(29.9, 0.5);
    expect(compare(label(20, 29), median)).toMatchObject({ error: 0, isRight: true });
    expect(compare(label(10, 19), median)).toMatchObject({ error: 10, isCovered: false });
    expect(compare(label(30, 39), median)).toMatchObject({ error: 1, isCovered: true });
  });

  it('counts decisions, and those as wrong that are wrong for the whole range', () => {
    expect(compare(label(17), estimate(30, 0.96))).toMatchObject({
      decisions: 3,
      wrongDecisions: 3,
    });
    expect(compare(label(10, 19), estimate(30, 0.96)).wrongDecisions).toBe(2);
    expect(compare(label(20, 29), estimate(15, 0.04)).wrongDecisions).toBe(1);
    expect(compare(label(20, 29), estimate(15, 0.5)).decisions).toBe(0);
  });
});

describe('warningFigures', () => {
  const photo = (error: number, ...warnings: Partial<WarningDetail>[]): WarnedPhoto => ({
    ...{ error, isRight: error <= 5, isCovered: error <= 4, decisions: 2 },
    ...{ wrongDecisions: error > 9 ? 1 : 0 },
    warnings: warnings as WarningDetail[],
  });

  it('compares photos with each severity with those without the warning', () => {
    const minor = { code: 'blurred', severity: 'minor' } as const;
    const severe = { code: 'blurred', severity: 'severe' } as const;
    const small = { code: 'small_face', severity: 'minor' } as const;
    const figures = warningFigures([
      photo(2),
      photo(4, small),
      photo(6, minor, small),
      photo(10, severe),
    ]);
    expect(figures.map(({ code, severity, share }) => [code, severity, share])).toEqual([
      ['small_face', 'minor', 0.5],
      ['blurred', 'minor', 0.25],
      ['blurred', 'severe', 0.25],
    ]);
    const [, , one] = figures;
    expect(one!.with).toEqual({
      ...{ photos: 1, error: 10, right: 0, covered: 0, wrong: 0.5, decisions: 2 },
    });
    expect(one!.without).toMatchObject({ photos: 2, error: 3, right: 1, covered: 1, wrong: 0 });
  });
});
