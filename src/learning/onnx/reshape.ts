import { z } from 'zod';
import { refuse } from './errors.ts';
import type { GraphBuilder, Value } from './graph.ts';
import { layerKind } from './layer-kind.ts';
import { type ImageShape, type Shape, dataFormatSchema, isImage, sizeOf } from './shape.ts';

/** tf.layers.flatten, in TensorFlow's order with channels last. */
export const flatten = layerKind({
  config: z.object({ data_format: dataFormatSchema }),
  outputShape: (_config, [input]) => [sizeOf(input!)],
  emit: ({ graph, name, inputs, outputShape }) => reshape(graph, name, inputs[0]!, outputShape),
});

/** tf.layers.reshape; one size may be -1 or null, which is inferred. */
export const reshapeLayer = layerKind({
  config: z.object({ target_shape: z.array(z.int().nullable()) }),
  outputShape: ({ target_shape: target }, [input]) => inferSize(target, sizeOf(input!)),
  emit: ({ graph, name, inputs, outputShape }) => reshape(graph, name, inputs[0]!, outputShape),
});

function inferSize(target: readonly (number | null)[], size: number): Shape {
  const known = target.filter((side): side is number => side !== null && side >= 0);
  const inferred = size / sizeOf(known);
  const shape = target.map((side) => (side === null || side < 0 ? inferred : side));
  const isPossible = Number.isInteger(inferred) && known.length >= target.length - 1;
  if (isPossible && sizeOf(shape) === size) return shape;
  return refuse(`${size} values do not fit the shape [${target.join()}].`);
}

function reshape(graph: GraphBuilder, name: string, input: Value, shape: Shape): string {
  if (input.shape.join() === shape.join()) return input.name;
  const channelsLast = isImage(input.shape)
    ? toChannelsLast(graph, `${name}/channels_last`, input.name, input.shape)
    : input.name;
  if (isImage(shape)) return toChannelsFirst(graph, name, channelsLast, shape);
  return reshapeTo(graph, name, channelsLast, shape);
}

/**
 * Converts [n, h, w, c], or any value with the same memory layout, to [n, c, h, w] as in the graph. A Reshape is enough
 * if there is one channel or one pixel, since the values then keep their order.
 */
export function toChannelsFirst(
  graph: GraphBuilder,
  name: string,
  input: string,
  [height, width, channels]: ImageShape,
): string {
  const target = [channels, height, width];
  if (hasSameLayout([height, width, channels])) return reshapeTo(graph, name, input, target);
  const image = reshapeTo(graph, `${name}/image`, input, [height, width, channels]);
  return graph.node('Transpose', name, [image], { perm: [0, 3, 1, 2] });
}

/** Converts to the memory layout of [n, h, w, c]; the result may have other dimensions. */
function toChannelsLast(
  graph: GraphBuilder,
  name: string,
  input: string,
  shape: ImageShape,
): string {
  if (hasSameLayout(shape)) return input;
  return graph.node('Transpose', name, [input], { perm: [0, 2, 3, 1] });
}

function hasSameLayout([height, width, channels]: ImageShape): boolean {
  return channels === 1 || height * width === 1;
}

/** In a Reshape, 0 keeps the size of the batch dimension. */
function reshapeTo(graph: GraphBuilder, name: string, input: string, sizes: Shape): string {
  const target = graph.integers(`${name}/shape`, [0, ...sizes]);
  return graph.node('Reshape', name, [input, target]);
}
