import { describe, expect, it } from 'vitest';
import { centralInterval } from '../../../../src/inference/head/interval.ts';
import {
  figuresUnder,
  measuredFeedbackOf,
} from '../../../../src/learning/training/publication/feedback-figures.ts';
import { decadesHead } from '../../../support/models/tiny-artifact.ts';

const figures = { feedbackPhotos: 7, feedbackMae: 4.5, feedbackBias: -1.25, feedbackCs5: 0.5 };

function headAt(temperature: number, interval = centralInterval) {
  return { kind: 'age-distribution' as const, minAge: 0, maxAge: 100, temperature, interval };
}

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
