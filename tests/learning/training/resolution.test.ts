import { describe, expect, it } from 'vitest';
import { sideOfEpoch } from '../../../src/learning/training/recipe.ts';

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
