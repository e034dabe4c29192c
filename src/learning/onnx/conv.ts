import { z } from 'zod';
import { type LayerContext, layerKind } from './layer-kind.ts';
import {
  type ImageShape,
  type Pair,
  type SlidingWindow,
  dataFormatSchema,
  fitWindow,
  imageShape,
  padsOf,
  pairSchema,
  windowPaddingSchema,
} from './shape.ts';
import type { Tensor } from './weights.ts';

const convolutionSchema = z.object({
  kernel_size: pairSchema,
  strides: pairSchema.default([1, 1]),
  dilation_rate: pairSchema.default([1, 1]),
  padding: windowPaddingSchema,
  data_format: dataFormatSchema,
  use_bias: z.boolean().default(true),
});
const conv2dSchema = convolutionSchema.extend({
  filters: z.int().positive(),
  groups: z.literal(1, 'grouped convolutions are not supported.').optional(),
});
const depthwiseSchema = convolutionSchema.extend({
  depth_multiplier: z.int().positive().default(1),
  dilation_rate: pairSchema
    .default([1, 1])
    .refine(([vertical, horizontal]) => vertical * horizontal === 1, {
      error: 'tfjs ignores the dilation of depthwise convolutions.',
    }),
});
type ConvolutionConfig = z.infer<typeof convolutionSchema>;

/** tf.layers.conv2d with a kernel of [height, width, in, out]. */
export const conv2d = layerKind({
  config: conv2dSchema,
  outputShape: (config, [input]) => convolvedShape(config, imageShape(input), config.filters),
  multiplyAccumulates: ({ kernel_size: [kernelHeight, kernelWidth], filters }, [input], output) => {
    const [height, width] = imageShape(output);
    return height * width * kernelHeight * kernelWidth * imageShape(input)[2] * filters;
  },
  emit: (context) => {
    const { config, inputs } = context;
    const channels = imageShape(inputs[0]!.shape)[2];
    const kernel = context.weight('kernel', [...config.kernel_size, channels, config.filters]);
    return emitConvolution(context, outputsFirst(kernel), 1);
  },
});

/** tf.layers.depthwiseConv2d with a kernel of [height, width, in, multiplier] and in × multiplier output channels. */
export const depthwiseConv2d = layerKind({
  config: depthwiseSchema,
  outputShape: (config, [input]) => {
    const image = imageShape(input);
    return convolvedShape(config, image, image[2] * config.depth_multiplier);
  },
  multiplyAccumulates: ({ kernel_size: [kernelHeight, kernelWidth] }, _inputs, output) =>
    output.reduce((product, size) => product * size, kernelHeight * kernelWidth),
  emit: (context) => {
    const { config, inputs } = context;
    const channels = imageShape(inputs[0]!.shape)[2];
    const dims = [...config.kernel_size, channels, config.depth_multiplier];
    const { data } = context.weight('depthwise_kernel', dims);
    const outputs = channels * config.depth_multiplier;
    const kernel = outputsFirst({ dims: [...config.kernel_size, 1, outputs], data });
    return emitConvolution(context, kernel, channels);
  },
});

function windowOf(config: ConvolutionConfig): SlidingWindow {
  const { kernel_size: size, strides, dilation_rate: dilations, padding } = config;
  return { size, strides, dilations, padding };
}

function convolvedShape(
  config: ConvolutionConfig,
  input: ImageShape,
  channels: number,
): ImageShape {
  const [vertical, horizontal] = fitWindow(input, windowOf(config));
  return [vertical.count, horizontal.count, channels];
}

function emitConvolution(
  { graph, config, name, inputs, weight }: LayerContext<ConvolutionConfig>,
  kernel: Tensor,
  group: number,
): string {
  const input = inputs[0]!;
  const window = windowOf(config);
  const operands = [input.name, graph.floats(`${name}/kernel`, kernel)];
  if (config.use_bias) {
    operands.push(graph.floats(`${name}/bias`, weight('bias', [kernel.dims[0]!])));
  }
  return graph.node('Conv', name, operands, {
    kernel_shape: window.size,
    strides: window.strides,
    dilations: window.dilations,
    pads: padsOf(fitWindow(imageShape(input.shape), window)),
    group,
  });
}

/** Converts a kernel from [height, width, in, out], as in TensorFlow, to [out, in, height, width], as in ONNX. */
export function outputsFirst({ dims, data }: Tensor): Tensor {
  const [height, width, inputs, outputs] = dims as [...Pair, number, number];
  const reordered = new Float32Array(data.length);
  let target = 0;
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let position = 0; position < height * width; position++) {
        reordered[target++] = data[(position * inputs + input) * outputs + output]!;
      }
    }
  }
  return { dims: [outputs, inputs, height, width], data: reordered };
}
