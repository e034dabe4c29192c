import { describe, expect, it } from 'vitest';
import { figureValue, gateFiguresOf } from '../../../src/learning/gate/gate-figures.ts';
import { gateFigureNames } from '../../../src/registry/gate/gate-result.ts';
import { weightedFigures } from '../../../src/learning/gate/weighted-figures.ts';
import { versionAnswers } from '../../../src/learning/gate/gated-answers.ts';
import { evaluatedPhoto } from '../../support/models/evaluated-photos.ts';
import { PHOTOS, testAnswers, testGate } from '../../support/models/gated-answers.ts';

const uneven = { error: (age: number, photo: number) => ((photo * 37) % 21) - 8 + age / 20 };
const { groups } = testGate(undefined, uneven);
const ones = () => new Uint16Array(PHOTOS).fill(1);

describe('weightedFigures', () => {
  it('match the evaluation if every photo counts once', () => {
    const answers = testAnswers(uneven);
    const weighted = weightedFigures(answers, groups)(ones());
    const figures = gateFiguresOf(answers, groups);
    for (const name of gateFigureNames.filter((each) => each !== 'groupAccuracy'))
      expect(weighted[name], name).toBeCloseTo(figureValue(figures, name)!, 1);
    for (const name of ['mae', 'decadeAccuracy', 'ece', 'worstGroupMae'] as const)
      expect(weighted[name], name).toBeCloseTo(figureValue(figures, name)!, 9);
  });

  it('count a photo as often as it was drawn', () => {
    const answers = testAnswers({
      error: (_age, photo) => (photo === 7 ? 12 : 0),
      latencyMs: (photo) => (photo === 7 ? 50 : 4),
    });
    const weights = new Uint16Array(PHOTOS);
    weights[7] = 3;
    weights[8] = 1;
    const figures = weightedFigures(answers, [])(weights);
    // A tenth of the probability lies ten years above, which adds one year to the mean.
    expect(figures.mae).toBeCloseTo((3 * 13 + 1) / 4, 5);
    expect(figures).toMatchObject({ decadeAccuracy: 0.25, falsePositiveRate: 0.75, latency: 50 });
  });

  it('are NaN without data', () => {
    const adults = new Uint16Array(PHOTOS);
    adults[30] = 1;
    const figures = weightedFigures(testAnswers(uneven), [])(adults);
    expect(figures).toMatchObject({ falsePositiveRate: NaN, worstGroupMae: NaN });
    const decades = testAnswers({ ...uneven, distinguishesYears: false });
    expect(weightedFigures(decades, [])(ones()).falsePositiveRate).toBeNaN();
  });
});

describe('gateFiguresOf', () => {
  it('names the worst of the groups that have enough photos', () => {
    const oldAreHard = { error: (age: number) => (age >= 60 && age < 70 ? 15 : 2) };
    const answers = testAnswers(oldAreHard);
    const named = (minPhotos: number) =>
      gateFiguresOf(answers, testGate(undefined, oldAreHard, minPhotos).groups).worstGroup;
    expect(named(30)).toMatchObject({ name: 'ages 60-69', photos: 30 });
    expect(named(31)).toMatchObject({ name: expect.stringMatching(/^sex [01]$/) as string });
    expect(named(151)).toBeNull();
  });

  it('counts minors whose mean age is 18 or more', () => {
    const answers = testAnswers({ error: (age) => (age === 17 ? 3 : 0), confidence: 1 });
    expect(gateFiguresOf(answers, []).falsePositives).toEqual({ errors: 3, of: 54, rate: 3 / 54 });
    const decades = testAnswers({ error: () => 0, distinguishesYears: false });
    expect(gateFiguresOf(decades, []).falsePositives).toBeNull();
  });

  it('gives the latency by its median and quartiles', () => {
    const answers = testAnswers({ error: () => 0, latencyMs: (photo) => photo });
    expect(gateFiguresOf(answers, []).latencyMs).toEqual({
      median: 149.5,
      low: 74.75,
      high: 224.25,
    });
  });
});

describe('the figures of labels that are ranges', () => {
  const label = (photo: number) => (photo % 2 === 0 ? { min: 0, max: 49 } : { min: 50, max: 130 });
  const answered = Array.from({ length: 6 }, (_, photo) =>
    evaluatedPhoto(photo < 2 ? 30 : label(photo), { [photo === 4 ? 70 : 31 + photo * 5]: 1 }),
  );
  const answers = versionAnswers(answered, [1, 2, 3, 4, 5, 6], true);

  it('are separate from those of exact ages', () => {
    // Of photos 2 to 5, the answers 41, 46, 70 and 56 face the labels 0-49, 50+, 0-49 and 50+.
    const figures = gateFiguresOf(answers, []);
    expect(figures).toMatchObject({ mae: 3.5, groupAccuracy: 0.5 });
    const weighted = weightedFigures(answers, [])(new Uint16Array(6).fill(1));
    expect(weighted).toMatchObject({ mae: 3.5, groupAccuracy: 0.5, latency: 3 });
  });

  it('count a photo as often as it was drawn', () => {
    const weights = Uint16Array.of(0, 2, 3, 0, 1, 0);
    const figures = weightedFigures(answers, [])(weights);
    expect(figures).toMatchObject({ mae: 6, groupAccuracy: 0.75 });
  });

  it('leave the figures of exact ages out where there are none', () => {
    const ranges = versionAnswers(answered.slice(2), [1, 2, 3, 4], true);
    const figures = gateFiguresOf(ranges, []);
    expect(figures).toMatchObject({ mae: null, decadeAccuracy: null, ece: null, worstGroup: null });
    expect(weightedFigures(ranges, [])(new Uint16Array(4).fill(1))).toMatchObject({
      mae: NaN,
      ece: NaN,
      groupAccuracy: 0.5,
    });
  });
});
