import { z } from 'zod';
import { refuse } from './errors.ts';

/**
 * A shape as in TensorFlow, without the batch dimension.
 * A shape with three axes, [height, width, channels], is an image: in the ONNX graph, its memory layout is [n, channels,
 * height, width], for which ONNX runtimes are optimized. All other shapes have the same layout as in TensorFlow.
 */
export type Shape = readonly number[];
export type ImageShape = readonly [height: number, width: number, channels: number];

/** A pair of numbers for the two axes of an image. */
export type Pair = readonly [vertical: number, horizontal: number];

export function isImage(shape: Shape): shape is ImageShape {
  return shape.length === 3;
}

/** @throws LayerRefusal if the shape is not an image. */
export function imageShape(shape: Shape | undefined): ImageShape {
  if (shape && isImage(shape)) return shape;
  return refuse(`its input is not an image but has the shape [${shape?.join() ?? ''}].`);
}

/** The size of the last axis, which holds the channels in TensorFlow. */
export function channelsOf(shape: Shape): number {
  return shape.at(-1) ?? 1;
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The `data_format` of a layer; only channels_last is supported. */
export const dataFormatSchema = z
  .literal('channels_last', 'only data_format channels_last is supported.')
  .nullish();

/** One number for both axes, or one for each. */
export const pairSchema = z
  .union([z.int().positive(), z.tuple([z.int().positive(), z.int().positive()])])
  .transform((value): Pair => (typeof value === 'number' ? [value, value] : value));

export const windowPaddingSchema = z.enum(
  ['same', 'valid'],
  'only padding "same" and "valid" are supported.',
);

/** The sliding window of a convolution or pooling. */
export interface SlidingWindow {
  size: Pair;
  strides: Pair;
  dilations: Pair;
  padding: 'same' | 'valid';
}

/** The number of window positions along an axis, and the padding in pixels before and after. */
export interface WindowFit {
  count: number;
  before: number;
  after: number;
}

/**
 * Computes the fit of a window along each axis. With "same" padding, TensorFlow makes ceil(size / stride) steps and puts
 * an odd pixel of padding at the end.
 * Source: https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
 */
export function fitWindow(
  [height, width]: ImageShape,
  window: SlidingWindow,
): readonly [WindowFit, WindowFit] {
  return [fitAlong(height, window, 0), fitAlong(width, window, 1)];
}

function fitAlong(size: number, window: SlidingWindow, axis: 0 | 1): WindowFit {
  const stride = window.strides[axis];
  const extent = (window.size[axis] - 1) * window.dilations[axis] + 1;
  if (window.padding === 'valid') {
    if (size < extent) refuse(`its window of ${extent} does not fit into ${size}.`);
    return { count: Math.floor((size - extent) / stride) + 1, before: 0, after: 0 };
  }
  const count = Math.ceil(size / stride);
  const padding = Math.max((count - 1) * stride + extent - size, 0);
  const before = Math.floor(padding / 2);
  return { count, before, after: padding - before };
}

/** The `pads` attribute of ONNX: [top, left, bottom, right]. */
export function padsOf([vertical, horizontal]: readonly [WindowFit, WindowFit]): number[] {
  return [vertical.before, horizontal.before, vertical.after, horizontal.after];
}
