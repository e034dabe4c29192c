import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../common/errors.ts';
import type { TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import type { PreprocessSpec } from '../../inference/preprocess/spec.ts';
import type { Manifest } from '../../registry/manifest.ts';
import type { LocalArtifact } from '../../registry/registry.ts';
import { completeRecipe, type Recipe } from './recipe.ts';
import {
  buildNetwork,
  fineTuning,
  readSavedWeights,
  WarmStartError,
  weightsFor,
  type SavedWeight,
} from './warm-start.ts';

/** How a run begins: with weights of an earlier version, or with random ones. */
export interface Beginning {
  recipe: Recipe;
  /** Undefined for random weights. */
  start: { version: number; weights: SavedWeight[] } | undefined;
}

/**
 * Begins where a version ended, with its network and a recipe for going on from it.
 * @param overrides settings of a recipe, instead of those
 * @param spec how photos are prepared
 * @throws WarmStartError where the network cannot be that version's; RecipeError
 */
export async function warmStartFrom(
  tf: TensorFlow,
  { directory, manifest }: LocalArtifact,
  overrides: Readonly<Record<string, unknown>>,
  spec: PreprocessSpec,
): Promise<Beginning> {
  const { architecture, preprocess, version } = manifest;
  if ((overrides.architecture ?? architecture) !== architecture)
    throw new WarmStartError(`it is a network of kind ${architecture}, and another is wanted`);
  if (!isDeepStrictEqual(preprocess, spec))
    throw new WarmStartError('its photos are prepared in another way');
  const weights = await readSavedWeights(directory);
  const recipe = completeRecipe({ ...fineTuning(recipeOf(manifest)), ...overrides });
  requireFit(tf, recipe, spec, weights);
  return { recipe, start: { version, weights } };
}

/** @throws WarmStartError */
function recipeOf({ architecture, training }: Manifest): Recipe {
  try {
    return completeRecipe({ ...training?.recipe, architecture });
  } catch (error) {
    throw new WarmStartError(`its recipe is not known: ${messageOf(error)}`, { cause: error });
  }
}

/** @throws WarmStartError */
function requireFit(
  tf: TensorFlow,
  recipe: Recipe,
  { width }: PreprocessSpec,
  weights: readonly SavedWeight[],
): void {
  const network = buildNetwork(tf, recipe, width);
  try {
    weightsFor(network, weights);
  } finally {
    network.dispose();
  }
}
