import { describe, expect, it } from 'vitest';
import {
  ambiguityWarning,
  faceWarnings,
  unlikelyFaceWarning,
  warningRules,
} from '../../src/inference/face-warnings.ts';
import type { FaceQuality } from '../../src/inference/faces/face-quality.ts';
import { createAgeHead } from '../../src/inference/head/age-head.ts';
import { decadeBuckets } from '../../src/inference/head/buckets.ts';
import { centralInterval } from '../../src/inference/head/interval.ts';

const good: FaceQuality = {
  width: 200,
  turn: 0.1,
  sharpness: 0.7,
  contrast: 50,
  outside: 0,
  rival: 0,
};
const bad: FaceQuality = {
  width: 12,
  turn: 3,
  sharpness: 0.2,
  contrast: 2,
  outside: 0.9,
  rival: 1,
};

describe('faceWarnings', () => {
  it('has no warning for a face that is shown well', () => {
    expect(faceWarnings(good)).toEqual([]);
  });

  it.each(warningRules)('raises $code beyond its threshold only', (rule) => {
    const step = rule.raised === 'above' ? 0.001 : -0.001;
    for (const severity of ['minor', 'severe'] as const) {
      const threshold = rule[severity];
      if (threshold === undefined) continue;
      const at = (value: number) => faceWarnings({ ...good, [rule.measurement]: value });
      expect(at(threshold).some((warning) => warning.severity === severity)).toBe(false);
      expect(at(threshold + step)).toEqual([
        {
          code: rule.code,
          severity,
          value: Number((threshold + step).toFixed(3)),
          threshold,
        },
      ]);
    }
  });

  it('raises each warning once, as severe where it can be', () => {
    const warnings = faceWarnings(bad);
    expect(warnings.map(({ code }) => code)).toEqual(warningRules.map(({ code }) => code));
    expect(warnings.filter(({ severity }) => severity === 'minor').map(({ code }) => code)).toEqual(
      ['cut_off'],
    );
  });

  it('compares the value that it shows', () => {
    expect(faceWarnings({ ...good, width: 47.9996 })).toEqual([]);
    expect(faceWarnings({ ...good, width: 47.9994 })).toMatchObject([{ value: 47.999 }]);
  });
});

describe('unlikelyFaceWarning', () => {
  const face = { threshold: 0.5 };

  it('is raised below the threshold of the version, by the probability that it shows', () => {
    expect(unlikelyFaceWarning(0.12345, face)).toEqual({
      ...{ code: 'unlikely_face', severity: 'severe' },
      ...{ value: 0.123, threshold: 0.5 },
    });
    expect(unlikelyFaceWarning(0.4994, face)).toMatchObject({ value: 0.499 });
    expect(unlikelyFaceWarning(0.4996, face)).toBeUndefined();
    expect(unlikelyFaceWarning(0.5, face)).toBeUndefined();
  });

  it('is not raised by a version without a face output', () => {
    expect(unlikelyFaceWarning(undefined, undefined)).toBeUndefined();
  });
});

describe('ambiguityWarning', () => {
  const head = createAgeHead(
    { kind: 'age-distribution', minAge: 0, maxAge: 100, temperature: 1, interval: centralInterval },
    decadeBuckets,
  );
  const estimate = (masses: Record<number, number>) => {
    const output = new Float32Array(101);
    for (const [age, mass] of Object.entries(masses)) output[Number(age)] = mass;
    return head.interpret(output);
  };

  it('is raised where the mean lies outside the interval, with the bound that it passes', () => {
    expect(ambiguityWarning(estimate({ 20: 1 }))).toBeUndefined();
    expect(ambiguityWarning(estimate({ 10: 0.5, 60: 0.5 }))).toBeUndefined();
    const above = estimate({ 10: 0.92, 99: 0.08 });
    expect(ambiguityWarning(above)).toEqual({
      ...{ code: 'ambiguous', severity: 'severe' },
      ...{ value: 17.62, threshold: Number(above.interval.high.toFixed(2)) },
    });
    const below = ambiguityWarning(estimate({ 0: 0.08, 90: 0.92 }));
    expect(below!.value).toBeLessThan(below!.threshold);
  });

  it('adds half a year to the mean, as the interval bounds exact ages', () => {
    expect(ambiguityWarning(estimate({ 30: 1 }))).toBeUndefined();
  });
});
