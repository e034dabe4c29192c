import type { z } from 'zod';
import { LayerRefusal, UnsupportedLayerError } from './errors.ts';
import type { GraphBuilder, Value } from './graph.ts';
import type { Operation } from './network.ts';
import type { Shape } from './shape.ts';
import { type Tensor, weightOf } from './weights.ts';

/** Everything that is needed to export one layer. */
export interface LayerContext<Config> {
  graph: GraphBuilder;
  config: Config;
  /** Name of the node that computes the layer's output; also the prefix of other names. */
  name: string;
  inputs: readonly Value[];
  outputShape: Shape;
  /** @throws InvalidModelError if the weight is missing or has different dimensions. */
  weight: (name: string, dims: readonly number[]) => Tensor;
}

/** Describes how to export a class of layers. Any of its functions may `refuse` what is not supported. */
export interface LayerDefinition<Config> {
  /** Parses the relevant part of the layer's configuration and rejects unsupported values. */
  config: z.ZodType<Config>;
  outputShape(config: Config, inputs: readonly Shape[]): Shape;
  /** Multiply-accumulates per image; 0 by default. */
  multiplyAccumulates?(config: Config, inputs: readonly Shape[], output: Shape): number;
  /** Adds the layer's nodes and returns the name of its output. */
  emit(context: LayerContext<Config>): string;
}

/** A definition that parses operations. Its errors name the layer. */
export interface LayerKind {
  outputShape(operation: Operation, inputs: readonly Shape[]): Shape;
  multiplyAccumulates(operation: Operation, inputs: readonly Shape[]): number;
  emit(graph: GraphBuilder, operation: Operation, inputs: readonly Value[]): Value;
}

export function layerKind<Config>(definition: LayerDefinition<Config>): LayerKind {
  const configOf = (operation: Operation): Config => parseConfig(definition.config, operation);
  return {
    outputShape: (operation, inputs) =>
      withLayerName(operation, () => definition.outputShape(configOf(operation), inputs)),
    multiplyAccumulates: (operation, inputs) =>
      withLayerName(operation, () => {
        const config = configOf(operation);
        const output = definition.outputShape(config, inputs);
        return definition.multiplyAccumulates?.(config, inputs, output) ?? 0;
      }),
    emit: (graph, operation, inputs) =>
      withLayerName(operation, () => {
        const { name, weights } = operation;
        const config = configOf(operation);
        const shapes = inputs.map(({ shape }) => shape);
        const outputShape = definition.outputShape(config, shapes);
        const weight = (weightName: string, dims: readonly number[]): Tensor =>
          weightOf(weights, name, weightName, dims);
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

function withLayerName<Result>(operation: Operation, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LayerRefusal)) throw error;
    throw new UnsupportedLayerError(operation.name, operation.className, error.message);
  }
}
