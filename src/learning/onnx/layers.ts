import { z } from 'zod';
import { activation, isLastAxis, relu, softmax } from './activation.ts';
import { batchNormalization } from './batch-norm.ts';
import { conv2d, depthwiseConv2d } from './conv.ts';
import { dense } from './dense.ts';
import { refuse, UnsupportedLayerError } from './errors.ts';
import { type LayerKind, layerKind } from './layer-kind.ts';
import type { Operation } from './network.ts';
import {
  zeroPadding2d,
  averagePooling2d,
  globalAveragePooling2d,
  globalMaxPooling2d,
  maxPooling2d,
} from './pooling.ts';
import { flatten, reshapeLayer } from './reshape.ts';
import { channelsOf, isImage, type Shape } from './shape.ts';

export const add = merge('Add');
export const multiply = merge('Mul');

/** An elementwise operation with broadcasting of axes of size 1. */
function merge(opType: string): LayerKind {
  return layerKind({
    config: z.object({}),
    outputShape: (_config, inputs) => inputs.reduce(broadcast),
    emit: ({ graph, name, inputs }) =>
      inputs
        .map((input) => input.name)
        .reduce((merged, input) => graph.node(opType, name, [merged, input])),
  });
}

function broadcast(left: Shape, right: Shape): Shape {
  const fits = left.every((size, axis) => {
    const other = right[axis];
    return size === other || size === 1 || other === 1;
  });
  if (!fits || left.length !== right.length) {
    refuse(`its inputs have the shapes [${left.join()}] and [${right.join()}].`);
  }
  return left.map((size, axis) => Math.max(size, right[axis]!));
}

/** tf.layers.concatenate over the last axis, the channels. */
export const concatenate = layerKind({
  config: z.object({ axis: z.int().default(-1) }),
  outputShape: ({ axis }, inputs) => {
    const first = inputs[0]!;
    if (!isLastAxis(axis, first)) refuse(`axis ${axis} is not the last one.`);
    const others = inputs.map((shape) => shape.slice(0, -1).join());
    if (inputs.some(({ length }) => length !== first.length) || new Set(others).size > 1)
      refuse(
        `its inputs have the shapes ${inputs.map((shape) => `[${shape.join()}]`).join(', ')}.`,
      );
    return [...first.slice(0, -1), inputs.reduce((sum, shape) => sum + channelsOf(shape), 0)];
  },
  emit: ({ graph, name, inputs, outputShape }) =>
    graph.node(
      'Concat',
      name,
      inputs.map((input) => input.name),
      { axis: isImage(outputShape) ? 1 : -1 },
    ),
});

/** The layers that can be exported, by class name. To support another layer, add an entry. */
const layerKinds: ReadonlyMap<string, LayerKind> = new Map([
  ['Activation', activation],
  ['Add', add],
  ['AveragePooling2D', averagePooling2d],
  ['BatchNormalization', batchNormalization],
  ['Concatenate', concatenate],
  ['Conv2D', conv2d],
  ['Dense', dense],
  ['DepthwiseConv2D', depthwiseConv2d],
  ['Flatten', flatten],
  ['GlobalAveragePooling2D', globalAveragePooling2d],
  ['GlobalMaxPooling2D', globalMaxPooling2d],
  ['MaxPooling2D', maxPooling2d],
  ['Multiply', multiply],
  ['ReLU', relu],
  ['Reshape', reshapeLayer],
  ['Softmax', softmax],
  ['ZeroPadding2D', zeroPadding2d],
]);

/** @throws UnsupportedLayerError if the class of the operation is not supported. */
export function layerKindOf({ name, className }: Operation): LayerKind {
  const kind = layerKinds.get(className);
  if (kind) return kind;
  throw new UnsupportedLayerError(name, className, 'this layer class is not supported.');
}
