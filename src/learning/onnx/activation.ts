import { z } from 'zod';
import { refuse } from './errors.ts';
import type { GraphBuilder, Value } from './graph.ts';
import { type LayerKind, layerKind } from './layer-kind.ts';
import { type Shape, isImage } from './shape.ts';

/** Adds the nodes for y = f(x) and returns the name of y. */
type Emit = (graph: GraphBuilder, name: string, input: Value) => string;

const oneNode =
  (opType: string): Emit =>
  (graph, name, input) =>
    graph.node(opType, name, [input.name]);

const silu: Emit = (graph, name, input) => {
  const gate = graph.node('Sigmoid', `${name}/gate`, [input.name]);
  return graph.node('Mul', name, [input.name, gate]);
};

/** In TensorFlow, softmax runs over the last axis, the channels. */
const softmaxOverChannels: Emit = (graph, name, input) =>
  graph.node('Softmax', name, [input.name], { axis: isImage(input.shape) ? 1 : -1 });

/** The supported values of a layer's `activation`. */
const functions = {
  linear: (_graph, _name, input) => input.name,
  relu: oneNode('Relu'),
  relu6: (graph, name, input) => clipped(graph, name, input, 6),
  sigmoid: oneNode('Sigmoid'),
  softmax: softmaxOverChannels,
  swish: silu,
  silu,
  tanh: oneNode('Tanh'),
} as const satisfies Record<string, Emit>;
type FunctionName = keyof typeof functions;

/** tf.layers.activation, which also stands for the `activation` of other layers. */
export const activation = elementwise(
  z.object({
    activation: z.enum(Object.keys(functions) as FunctionName[], {
      error: ({ input }) => `the activation ${JSON.stringify(input)} is not supported.`,
    }),
  }),
  (config) => functions[config.activation],
);

const none = z.literal(0, 'only a plain ReLU is supported.').nullish();

/** tf.layers.reLU; a slope or a threshold from Keras is rejected. */
export const relu = elementwise(
  z.object({ max_value: z.number().nullish(), negative_slope: none, threshold: none }),
  ({ max_value: highest }) =>
    typeof highest === 'number'
      ? (graph, name, input) => clipped(graph, name, input, highest)
      : functions.relu,
);

/** tf.layers.softmax */
export const softmax = elementwise(
  z.object({ axis: z.int() }),
  ({ axis }) =>
    (graph, name, input) => {
      if (!isLastAxis(axis, input.shape)) refuse(`axis ${axis} is not the last one.`);
      return softmaxOverChannels(graph, name, input);
    },
);

/** Whether `axis`, which counts the batch dimension, is the last axis of `shape`, which does not. */
export function isLastAxis(axis: number, shape: Shape): boolean {
  return axis === -1 || axis === shape.length;
}

function elementwise<Config>(
  config: z.ZodType<Config>,
  functionOf: (config: Config) => Emit,
): LayerKind {
  return layerKind({
    config,
    outputShape: (_config, [input]) => input!,
    emit: (context) => functionOf(context.config)(context.graph, context.name, context.inputs[0]!),
  });
}

function clipped(graph: GraphBuilder, name: string, input: Value, highest: number): string {
  const bounds = [
    graph.floats(`${name}/min`, { dims: [], data: new Float32Array([0]) }),
    graph.floats(`${name}/max`, { dims: [], data: new Float32Array([highest]) }),
  ];
  return graph.node('Clip', name, [input.name, ...bounds]);
}
