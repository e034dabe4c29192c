import { type Network, redirect } from './network.ts';

/** Layers that pass their input on unchanged except while training. */
const trainingOnly = new Set([
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
]);

/** The network without the layers that only training needs. */
export function dropTrainingLayers(network: Network): Network {
  const replacements = new Map<string, string>();
  const operations = network.operations.filter(({ name, className, inputs }) => {
    if (!trainingOnly.has(className)) return true;
    const input = inputs[0]!;
    replacements.set(name, replacements.get(input) ?? input);
    return false;
  });
  return redirect({ ...network, operations }, replacements);
}
