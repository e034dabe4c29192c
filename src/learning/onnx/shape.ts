import { z } from 'zod';
import { refuse } from './errors.ts';

/**
 * Sizes as TensorFlow counts them, without the batch.
 * A shape of three, [height, width, channels], is an image: its values lie [n, channels, height,
 * width] in the ONNX graph, which is the order its runtimes are made for. All other shapes lie as
 * in TensorFlow.
 */
export type Shape = readonly number[];
export type ImageShape = readonly [height: number, width: number, channels: number];

/** A pair of numbers for the two axes of an image. */
export type Pair = readonly [vertical: number, horizontal: number];

export function isImage(shape: Shape): shape is ImageShape {
  return shape.length === 3;
}

/** @throws LayerRefusal where the shape is no image. */
export function imageShape(shape: Shape | undefined): ImageShape {
  if (shape && isImage(shape)) return shape;
  return refuse(`its input is not an image but has the shape [${shape?.join() ?? ''}].`);
}

/** The last axis: the channels in TensorFlow. */
export function channelsOf(shape: Shape): number {
  return shape.at(-1) ?? 1;
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Configuration that says whether channels come last; only that order is known. */
export const dataFormatSchema = z
  .literal('channels_last', 'only data_format channels_last is known.')
  .nullish();

/** One number for both axes, or one for each. */
export const pairSchema = z
  .union([z.int().positive(), z.tuple([z.int().positive(), z.int().positive()])])
  .transform((value): Pair => (typeof value === 'number' ? [value, value] : value));

export const windowPaddingSchema = z.enum(
  ['same', 'valid'],
  'only padding "same" and "valid" is known.',
);

/** A window that slides over an image: of a convolution or a pooling. */
export interface SlidingWindow {
  size: Pair;
  strides: Pair;
  dilations: Pair;
  padding: 'same' | 'valid';
}

/** How often the window fits, and the pixels of padding before and after. */
export interface WindowFit {
  count: number;
  before: number;
  after: number;
}

/**
 * The fit of a window along each axis. TensorFlow's "same" makes as many steps as there are strides
 * in the input, and puts the odd pixel of padding after it.
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
  const reach = (window.size[axis] - 1) * window.dilations[axis] + 1;
  if (window.padding === 'valid') {
    if (size < reach) refuse(`its window of ${reach} does not fit into ${size}.`);
    return { count: Math.floor((size - reach) / stride) + 1, before: 0, after: 0 };
  }
  const count = Math.ceil(size / stride);
  const padding = Math.max((count - 1) * stride + reach - size, 0);
  const before = Math.floor(padding / 2);
  return { count, before, after: padding - before };
}

/** The `pads` attribute of ONNX: [top, left, bottom, right]. */
export function padsOf([vertical, horizontal]: readonly [WindowFit, WindowFit]): number[] {
  return [vertical.before, horizontal.before, vertical.after, horizontal.after];
}
