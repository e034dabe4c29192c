import { z } from 'zod';
import { InvalidModelError, UnsupportedLayerError } from './errors.ts';
import type { Shape } from './shape.ts';
import {
  type LayerCallReference,
  type Topology,
  type TopologyLayer,
  readTopology,
} from './topology.ts';
import { type LayerWeights, type Tensor, weightsOfLayer } from './weights.ts';

/** One call of a layer. An `activation` of the layer is a separate operation. */
export interface Operation {
  name: string;
  className: string;
  config: Readonly<Record<string, unknown>>;
  /** Names of the operations (or of the network's input) whose outputs are its inputs. */
  inputs: readonly string[];
  weights: LayerWeights;
}

export interface Network {
  input: { name: string; shape: Shape };
  /** In topological order. */
  operations: readonly Operation[];
  /** Name of the operation whose output is the network's. */
  output: string;
}

const nestedModels = new Set(['Model', 'Functional', 'Sequential']);

/**
 * Reads the operations that contribute to the output.
 * @throws InvalidModelError; UnsupportedLayerError for a nested model
 */
export function readNetwork(
  modelTopology: unknown,
  weights: ReadonlyMap<string, Tensor> = new Map(),
): Network {
  const topology = readTopology(modelTopology);
  const operations = callsInOrder(topology).flatMap(({ layer, call }) =>
    operationsOf(layer, call, weightsOfLayer(weights, layer.config.name)),
  );
  const input = { name: nameOf(topology.input), shape: inputShape(topology) };
  return { input, operations, output: nameOf(topology.output) };
}

/**
 * Updates the references of a network after operations were removed.
 * @param replacements maps the name of each removed operation to the one that replaces it, which must not be removed.
 */
export function redirect(network: Network, replacements: ReadonlyMap<string, string>): Network {
  const current = (name: string): string => replacements.get(name) ?? name;
  const operations = network.operations.map((operation) => ({
    ...operation,
    inputs: operation.inputs.map(current),
  }));
  return { ...network, operations, output: current(network.output) };
}

/** Layers that have an effect only during training. */
const trainingOnly = new Set([
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
]);

/** Removes the layers that have an effect only during training. */
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

interface LayerCall {
  layer: TopologyLayer;
  call: number;
}

/** Traverses depth-first from the output, so inputs come first and unused branches are skipped. */
function callsInOrder(topology: Topology): LayerCall[] {
  const layers = new Map(topology.layers.map((layer) => [layer.config.name, layer]));
  const ordered = new Map<string, LayerCall>();
  const visited = new Set<string>();
  const visit = (reference: LayerCallReference): void => {
    const name = nameOf(reference);
    const layer = layers.get(reference.layer);
    if (!layer) throw new InvalidModelError(`Topology: no layer "${reference.layer}".`);
    if (visited.has(name)) return;
    visited.add(name);
    inputsOf(layer, reference.call).forEach(visit);
    if (layer.class_name !== 'InputLayer') ordered.set(name, { layer, call: reference.call });
  };
  visit(topology.output);
  return [...ordered.values()];
}

function inputsOf(layer: TopologyLayer, call: number): readonly LayerCallReference[] {
  if (layer.class_name === 'InputLayer') return [];
  const inputs = layer.inbound_nodes[call];
  if (inputs) return inputs;
  throw new InvalidModelError(`Topology: layer "${layer.config.name}" has no call ${call}.`);
}

function nameOf({ layer, call }: LayerCallReference): string {
  return call === 0 ? layer : `${layer}:${call}`;
}

function operationsOf(layer: TopologyLayer, call: number, weights: LayerWeights): Operation[] {
  const { class_name: className, config } = layer;
  if (nestedModels.has(className)) {
    throw new UnsupportedLayerError(config.name, className, 'nested models are not supported.');
  }
  const name = nameOf({ layer: config.name, call });
  const inputs = inputsOf(layer, call).map(nameOf);
  const operation = { name, className, config, inputs, weights };
  const { activation } = config;
  if (className === 'Activation' || activation === undefined || activation === 'linear') {
    return [operation];
  }
  const linear = `${name}/linear`;
  const activated = { className: 'Activation', config: { activation }, weights: new Map() };
  return [
    { ...operation, name: linear },
    { ...activated, name, inputs: [linear] },
  ];
}

const inputConfigSchema = z.object({
  batch_input_shape: z
    .tuple([z.unknown()])
    .rest(z.int('the input size must be fixed').positive())
    .transform(([, ...shape]) => shape),
});

function inputShape({ layers, input }: Topology): Shape {
  const layer = layers.find(({ config }) => config.name === input.layer);
  const parsed = inputConfigSchema.safeParse(layer?.config);
  if (parsed.success) return parsed.data.batch_input_shape;
  throw new InvalidModelError(`Input "${input.layer}": ${z.prettifyError(parsed.error)}`);
}
