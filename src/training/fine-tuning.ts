import type { Recipe } from './recipe.ts';

/** Epochs over the photos, where a network starts from what an earlier version knows. */
const EPOCHS = 10;
/** Of the learning rate that the earlier version was trained with. */
const LEARNING_RATE_SHARE = 0.1;

/**
 * A recipe that goes on from a version instead of from random weights: its network, photos bent as they were for it,
 * fewer epochs, a tenth of its learning rate, full-size photos throughout, no teachers.
 * @param parent the recipe of that version
 * @returns settings for `completeRecipe`
 */
export function fineTuning(parent: Recipe): Record<string, unknown> {
  const { peak } = parent.learningRate;
  return {
    ...parent,
    epochs: EPOCHS,
    learningRate: { peak: peak * LEARNING_RATE_SHARE },
    resolutions: [],
    distillation: null,
    patience: 0,
  };
}
