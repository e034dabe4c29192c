import { describe, expect, it } from 'vitest';
import type { EngineModel } from '../../../../src/inference/engine/engine.ts';
import { createAgeHead } from '../../../../src/inference/head/age-head.ts';
import { decadeBuckets } from '../../../../src/inference/head/buckets.ts';
import { centralInterval } from '../../../../src/inference/head/interval.ts';
import { parseAge } from '../../../../src/learning/dataset/age-range.ts';
import {
  feedbackFigures,
  figuresUnder,
  manifestFigures,
  measuredFeedbackOf,
} from '../../../../src/learning/training/publication/feedback-figures.ts';
import { flatPhotoSet } from '../../../support/models/photo-shard.ts';
import { decadesHead } from '../../../support/models/tiny-artifact.ts';

const figures = { feedbackPhotos: 7, feedbackMae: 4.5, feedbackBias: -1.25, feedbackCs5: 0.5 };

function headAt(temperature: number, interval = centralInterval) {
  return { kind: 'age-distribution' as const, minAge: 0, maxAge: 100, temperature, interval };
}

/** Answers each picture, in their order, with all probability between two neighboring ages, whose mean is the given one. */
function networkThatAnswers(means: readonly number[]): EngineModel {
  let next = 0;
  const run = () => {
    const mean = means[next++ % means.length]!;
    const output = new Float32Array(101);
    output[Math.floor(mean)] = 1 - (mean % 1);
    if (mean % 1 > 0) output[Math.ceil(mean)] = mean % 1;
    return Promise.resolve(output);
  };
  return { run, dispose: () => Promise.resolve() };
}

describe('feedbackFigures', () => {
  const head = createAgeHead(headAt(1), decadeBuckets);
  const five = () =>
    flatPhotoSet(
      1,
      Array.from({ length: 5 }, () => ({ gray: 0, age: 0 })),
    );
  const network = networkThatAnswers([30, 40, 29.4, 29.6, 80]);

  it('measures exact ages in years, and ranges by the share of means within them', async () => {
    const labeled = ['34', '41', '20-29', '20-29', '70+'].map((age) => ({ age: parseAge(age)! }));
    const figuresOf = await feedbackFigures(network, head, { photos: five(), labeled });
    expect(figuresOf).toMatchObject({ feedbackPhotos: 2, feedbackMae: 2.5, feedbackBias: -2.5 });
    expect(figuresOf).toMatchObject({ feedbackCs5: 1, feedbackRanges: 3 });
    // A mean of 29.6 years is nearer to 30.
    expect(figuresOf!.feedbackInRange).toBeCloseTo(2 / 3, 9);
  });

  it('has no error in years without exact ages, and no ranges without them', async () => {
    const labeledAs = (age: string) => Array.from({ length: 5 }, () => ({ age: parseAge(age)! }));
    const ranges = await feedbackFigures(network, head, {
      photos: five(),
      labeled: labeledAs('70+'),
    });
    expect(ranges).toEqual({ feedbackRanges: 5, feedbackInRange: 0.2 });
    expect(measuredFeedbackOf({ head: headAt(1), metrics: manifestFigures(ranges) })).toEqual({
      head: headAt(1),
      figures: ranges,
    });
    const exact = await feedbackFigures(network, head, {
      photos: five(),
      labeled: labeledAs('30'),
    });
    expect(Object.keys(exact!)).not.toContain('feedbackRanges');
  });
});

describe('measuredFeedbackOf', () => {
  const head = headAt(0.8);

  it('finds the feedback metrics among the metrics of a version', () => {
    const metrics = { mae: 5, count: 60, ...figures };
    expect(measuredFeedbackOf({ head, metrics })).toEqual({ head, figures });
  });

  it('returns undefined if the version was not evaluated on feedback', () => {
    expect(measuredFeedbackOf({ head, metrics: { mae: 5 } })).toBeUndefined();
  });
});

describe('figuresUnder', () => {
  const measured = { head: headAt(0.8), figures };

  it('keeps the metrics for a different interval, since ages do not depend on it', () => {
    const interval = { ...centralInterval, level: 0.9 };
    expect(figuresUnder(headAt(0.8, interval), measured)).toEqual(figures);
  });

  it('keeps the metrics if the temperature differs only by rounding', () => {
    expect(figuresUnder(headAt(0.8004), measured)).toEqual(figures);
  });

  it('drops the metrics for a different temperature', () => {
    expect(figuresUnder(headAt(0.81), measured)).toBeUndefined();
    expect(figuresUnder(headAt(0.79), measured)).toBeUndefined();
  });

  it('keeps the metrics for a bucket head', () => {
    expect(figuresUnder(decadesHead, { head: decadesHead, figures })).toEqual(figures);
  });
});
