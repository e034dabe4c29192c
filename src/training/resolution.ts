import type { Recipe } from './recipe.ts';

/**
 * The side of the photos in an epoch: the network is the same at any of them, so early epochs can be cheap.
 * @param fullSide the side the photos are kept, validated and served at
 */
export function sideOfEpoch(
  epoch: number,
  { resolutions, epochs }: Pick<Recipe, 'resolutions' | 'epochs'>,
  fullSide: number,
): number {
  const part = resolutions.find(({ untilShare }) => epoch < untilShare * epochs);
  return part?.side ?? fullSide;
}
