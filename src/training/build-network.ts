import type { tensorflow, TensorFlow } from '../inference/engine/tensorflow-runtime.ts';
import type { LayerFactory } from '../network/architectures/architecture.ts';
import { architectureOf } from '../network/architectures/architectures.ts';
import type { Recipe } from './recipe.ts';
import { targetsFor } from './targets.ts';

/**
 * The network of a recipe, with random weights.
 * @param side of the photos, in pixels
 */
export function buildNetwork(
  tf: TensorFlow,
  recipe: Recipe,
  side: number,
  layers?: LayerFactory,
): tensorflow.LayersModel {
  const { build, answers } = architectureOf(recipe.architecture);
  return build(tf, {
    ...recipe.network,
    width: side,
    height: side,
    outputs: targetsFor(answers).width,
    seed: recipe.seed,
    ...(layers && { layers }),
  });
}
