import { describe, expect, it } from 'vitest';
import {
  completeRecipe,
  hasFaceOutput,
  sideOfEpoch,
} from '../../../src/learning/training/recipe.ts';

describe('completeRecipe', () => {
  it('fills in missing settings, including those of the network', () => {
    const recipe = completeRecipe({ epochs: 7, network: { stemChannels: 8 } });
    expect(recipe).toMatchObject({ architecture: 'residual', epochs: 7, batchSize: 128 });
    expect(recipe.network).toMatchObject({ stemChannels: 8, dropout: 0.3 });
  });

  it("prefers the document's settings, then the architecture's, then the general defaults", () => {
    expect(completeRecipe({ architecture: 'plain' })).toMatchObject({ epochs: 8, augment: null });
    expect(completeRecipe({ architecture: 'plain', epochs: 2 }).epochs).toBe(2);
  });

  it('leaves a complete recipe unchanged', () => {
    for (const architecture of ['residual', 'residual-small', 'plain']) {
      const recipe = completeRecipe({ architecture });
      expect(completeRecipe(structuredClone(recipe))).toEqual(recipe);
    }
  });

  it('names every invalid setting', () => {
    expect(() => completeRecipe({ epochs: 0, mixupProbability: 3 })).toThrow(
      /epochs[^]*mixupProbability|mixupProbability[^]*epochs/,
    );
    expect(() => completeRecipe({ architecture: 'huge' })).toThrow(/architecture/);
    expect(() => completeRecipe({ network: { stemChannels: 'wide' } })).toThrow(/stemChannels/);
  });
});

describe('the face output', () => {
  const network = { faceOutput: true };

  it('is there only where the recipe asks for it, with what trains it', () => {
    const recipe = completeRecipe({ network, negatives: {} });
    expect(hasFaceOutput(recipe)).toBe(true);
    expect(recipe.negatives).toMatchObject({ weight: 0.5 });
    expect(completeRecipe(structuredClone(recipe))).toEqual(recipe);
    expect(hasFaceOutput(completeRecipe({}))).toBe(false);
    expect(completeRecipe({}).network).not.toHaveProperty('faceOutput');
  });

  it('is refused without what trains it, and the other way around', () => {
    expect(() => completeRecipe({ network })).toThrow(/faceOutput.* needs "negatives"/);
    expect(() => completeRecipe({ negatives: {} })).toThrow(/"negatives" need .*faceOutput/);
    const plain = { architecture: 'plain', network, negatives: {} };
    expect(() => completeRecipe(plain)).toThrow(/only residual networks have/);
  });
});

describe('sideOfEpoch', () => {
  const recipe = {
    epochs: 10,
    resolutions: [
      { untilShare: 0.4, side: 80 },
      { untilShare: 0.7, side: 100 },
    ],
  };

  it('grows during the run and ends at full size', () => {
    const sides = Array.from({ length: 10 }, (_, epoch) => sideOfEpoch(epoch, recipe, 120));
    expect(sides).toEqual([80, 80, 80, 80, 100, 100, 100, 120, 120, 120]);
  });

  it('is the full size throughout if no phases are given', () => {
    expect(sideOfEpoch(0, { ...recipe, resolutions: [] }, 120)).toBe(120);
  });
});
