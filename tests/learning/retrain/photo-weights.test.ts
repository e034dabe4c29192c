import { describe, expect, it } from 'vitest';
import { photoWeightsOf } from '../../../src/learning/retrain/inputs.ts';
import { completeRecipe } from '../../../src/learning/training/recipe.ts';

const trainedWith = (settings: Record<string, unknown>, architecture = 'residual') => ({
  architecture,
  training: { seed: 1, recipe: { ...completeRecipe(settings) }, durationSeconds: 1 },
});
const faces = { network: { faceOutput: true }, negatives: { share: 0.2 } };

describe('the weights of photos in a retraining', () => {
  it('are those of the champion, unless the recipe says otherwise', () => {
    const champion = trainedWith({ feedbackWeight: 3, rangeWeight: 0.5, ...faces });
    expect(photoWeightsOf({}, champion)).toMatchObject({
      feedbackWeight: 3,
      rangeWeight: 0.5,
      negatives: { share: 0.2 },
    });
    expect(photoWeightsOf({ feedbackWeight: 7 }, champion).feedbackWeight).toBe(7);
  });

  it('are the defaults without a champion, or with one that was not trained here', () => {
    const defaults = { feedbackWeight: 1, rangeWeight: 1, balance: 0, negatives: null };
    expect(photoWeightsOf({}, undefined)).toEqual(defaults);
    const imported = { architecture: 'imported from elsewhere', training: null };
    expect(photoWeightsOf({}, imported)).toEqual(defaults);
    expect(photoWeightsOf({ feedbackWeight: 2 }, imported).feedbackWeight).toBe(2);
  });

  it('do not come from a champion whose recipe does not fit the settings', () => {
    const champion = trainedWith({ feedbackWeight: 3, ...faces });
    expect(photoWeightsOf({ architecture: 'plain' }, champion)).toEqual({
      feedbackWeight: 1,
      rangeWeight: 1,
      balance: 0,
      negatives: null,
    });
    const unknown = { ...champion, architecture: 'a network of later versions' };
    expect(photoWeightsOf({}, unknown).feedbackWeight).toBe(1);
  });
});
