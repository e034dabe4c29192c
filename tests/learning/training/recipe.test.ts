import { describe, expect, it } from 'vitest';
import { completeRecipe } from '../../../src/learning/training/recipe.ts';

describe('completeRecipe', () => {
  it('fills in what is left out, the settings of the network too', () => {
    const recipe = completeRecipe({ epochs: 7, network: { stemChannels: 8 } });
    expect(recipe).toMatchObject({ architecture: 'residual', epochs: 7, batchSize: 128 });
    expect(recipe.network).toMatchObject({ stemChannels: 8, dropout: 0.3 });
  });

  it("takes an architecture's preference before the general default, and the document's before both", () => {
    expect(completeRecipe({ architecture: 'plain' })).toMatchObject({ epochs: 8, augment: null });
    expect(completeRecipe({ architecture: 'plain', epochs: 2 }).epochs).toBe(2);
  });

  it('repeats itself: a complete recipe completes to the same', () => {
    for (const architecture of ['residual', 'residual-small', 'plain']) {
      const recipe = completeRecipe({ architecture });
      expect(completeRecipe(structuredClone(recipe))).toEqual(recipe);
    }
  });

  it('names every faulty setting', () => {
    expect(() => completeRecipe({ epochs: 0, mixupProbability: 3 })).toThrow(
      /epochs[\s\S]*mixupProbability|mixupProbability[\s\S]*epochs/,
    );
    expect(() => completeRecipe({ architecture: 'huge' })).toThrow(/architecture/);
    expect(() => completeRecipe({ network: { stemChannels: 'wide' } })).toThrow(/stemChannels/);
  });
});
