import type { z } from 'zod';
import { LayerRefusal, UnsupportedLayerError } from './errors.ts';
import type { GraphBuilder, Value } from './graph.ts';
import { type Operation, type Network, redirect } from './network.ts';
import type { Shape } from './shape.ts';
import { type Tensor, weightOf } from './weights.ts';

/** One layer in the making. */
export interface LayerContext<Config> {
  graph: GraphBuilder;
  config: Config;
  /** For the node that computes the layer's output, and as the first part of other names. */
  name: string;
  inputs: readonly Value[];
  outputShape: Shape;
  /** @throws InvalidModelError where the weight is missing or has other dimensions. */
  weight: (name: string, dims: readonly number[]) => Tensor;
}

/** What the exporter knows of a class of layers. Any function may `refuse` what it cannot do. */
export interface LayerDefinition<Config> {
  /** The part of the layer's configuration that matters; what it cannot do does not parse. */
  config: z.ZodType<Config>;
  outputShape(config: Config, inputs: readonly Shape[]): Shape;
  /** Multiply-accumulates per image; default 0. */
  multiplyAccumulates?(config: Config, inputs: readonly Shape[], output: Shape): number;
  /** Adds the layer's nodes and returns the name of its output. */
  emit(context: LayerContext<Config>): string;
}

/** A definition that parses the operation itself. Its errors name the layer. */
export interface LayerKind {
  outputShape(operation: Operation, inputs: readonly Shape[]): Shape;
  multiplyAccumulates(operation: Operation, inputs: readonly Shape[]): number;
  emit(graph: GraphBuilder, operation: Operation, inputs: readonly Value[]): Value;
}

export function layerKind<Config>(definition: LayerDefinition<Config>): LayerKind {
  const configOf = (operation: Operation): Config => parseConfig(definition.config, operation);
  return {
    outputShape: (operation, inputs) =>
      naming(operation, () => definition.outputShape(configOf(operation), inputs)),
    multiplyAccumulates: (operation, inputs) =>
      naming(operation, () => {
        const config = configOf(operation);
        const output = definition.outputShape(config, inputs);
        return definition.multiplyAccumulates?.(config, inputs, output) ?? 0;
      }),
    emit: (graph, operation, inputs) =>
      naming(operation, () => {
        const { name, weights } = operation;
        const config = configOf(operation);
        const shapes = inputs.map(({ shape }) => shape);
        const outputShape = definition.outputShape(config, shapes);
        const weight = (wanted: string, dims: readonly number[]): Tensor =>
          weightOf(weights, name, wanted, dims);
        const context = { graph, config, name, inputs, outputShape, weight };
        return { name: definition.emit(context), shape: outputShape };
      }),
  };
}

function parseConfig<Config>(schema: z.ZodType<Config>, operation: Operation): Config {
  const parsed = schema.safeParse(operation.config);
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ');
  throw new UnsupportedLayerError(operation.name, operation.className, reason);
}

function naming<Result>(operation: Operation, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LayerRefusal)) throw error;
    throw new UnsupportedLayerError(operation.name, operation.className, error.message);
  }
}

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
