import { z } from 'zod';
import { refuse } from './errors.ts';
import type { GraphBuilder, Value } from './graph.ts';
import { layerKind } from './layer-kind.ts';
import { type ImageShape, type Shape, dataFormatSchema, isImage, sizeOf } from './shape.ts';

/** tf.layers.flatten: in TensorFlow's order, channels fastest. */
export const flatten = layerKind({
  config: z.object({ data_format: dataFormatSchema }),
  outputShape: (_config, [input]) => [sizeOf(input!)],
  emit: ({ graph, name, inputs, outputShape }) => reshape(graph, name, inputs[0]!, outputShape),
});

/** tf.layers.reshape; one size may be -1 or null, "what is left". */
export const reshaping = layerKind({
  config: z.object({ target_shape: z.array(z.int().nullable()) }),
  outputShape: ({ target_shape: target }, [input]) => completed(target, sizeOf(input!)),
  emit: ({ graph, name, inputs, outputShape }) => reshape(graph, name, inputs[0]!, outputShape),
});

function completed(target: readonly (number | null)[], size: number): Shape {
  const known = target.filter((wanted): wanted is number => wanted !== null && wanted >= 0);
  const left = size / sizeOf(known);
  const shape = target.map((wanted) => (wanted === null || wanted < 0 ? left : wanted));
  const isPossible = Number.isInteger(left) && known.length >= target.length - 1;
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
 * From [n, h, w, c], or anything that lies like it, to the graph's [n, c, h, w].
 * Where an axis has the size 1 nothing moves, and a Reshape will do.
 */
export function toChannelsFirst(
  graph: GraphBuilder,
  name: string,
  input: string,
  [height, width, channels]: ImageShape,
): string {
  const target = [channels, height, width];
  if (liesAlike([height, width, channels])) return reshapeTo(graph, name, input, target);
  const image = reshapeTo(graph, `${name}/image`, input, [height, width, channels]);
  return graph.node('Transpose', name, [image], { perm: [0, 3, 1, 2] });
}

/** To values in the order of [n, h, w, c]; whether they have these dimensions is left open. */
function toChannelsLast(
  graph: GraphBuilder,
  name: string,
  input: string,
  shape: ImageShape,
): string {
  if (liesAlike(shape)) return input;
  return graph.node('Transpose', name, [input], { perm: [0, 2, 3, 1] });
}

function liesAlike([height, width, channels]: ImageShape): boolean {
  return channels === 1 || height * width === 1;
}

/** In a Reshape, 0 keeps the size of the batch. */
function reshapeTo(graph: GraphBuilder, name: string, input: string, sizes: Shape): string {
  const target = graph.integers(`${name}/shape`, [0, ...sizes]);
  return graph.node('Reshape', name, [input, target]);
}
