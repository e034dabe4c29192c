import { describe, expect, it } from 'vitest';
import { fineTuning } from '../../../src/learning/training/warm-start.ts';
import { completeRecipe } from '../../../src/learning/training/recipe.ts';

describe('fineTuning', () => {
  const parent = completeRecipe({
    epochs: 72,
    learningRate: { peak: 0.004 },
    network: { stemChannels: 16 },
    optimizer: { weightDecay: 0.3 },
    resolutions: [{ untilShare: 0.5, side: 80 }],
    distillation: { teachers: ['models/face-age/2'] },
  });

  it("keeps the parent's network with fewer epochs, a tenth of its learning rate, and no teachers", () => {
    expect(completeRecipe(fineTuning(parent))).toEqual({
      ...parent,
      epochs: 10,
      learningRate: { ...parent.learningRate, peak: 0.0004 },
      resolutions: [],
      distillation: null,
    });
  });
});
