import { z } from 'zod';
import { type LayerKind, layerKind } from './layer-kind.ts';
import {
  type SlidingWindow,
  dataFormatSchema,
  fitWindow,
  imageShape,
  padsOf,
  pairSchema,
  windowPaddingSchema,
} from './shape.ts';

const poolingSchema = z
  .object({
    pool_size: pairSchema,
    strides: pairSchema.nullish(),
    padding: windowPaddingSchema,
    data_format: dataFormatSchema,
  })
  .transform(({ pool_size: size, strides, padding }): SlidingWindow => {
    return { size, strides: strides ?? size, dilations: [1, 1], padding };
  });

const globalPoolingSchema = z
  .object({
    data_format: dataFormatSchema,
    keep_dims: z.boolean().default(false),
    keepdims: z.boolean().default(false),
  })
  .transform((config) => ({ keepsAxes: config.keep_dims || config.keepdims }));

/** tf.layers.averagePooling2d: TensorFlow's average counts only the pixels under the window, not the padding. */
export const averagePooling2d = pooling('AveragePool', { count_include_pad: 0 });
export const maxPooling2d = pooling('MaxPool', {});
export const globalAveragePooling2d = globalPooling('GlobalAveragePool');
export const globalMaxPooling2d = globalPooling('GlobalMaxPool');

function pooling(opType: string, attributes: Record<string, number>): LayerKind {
  return layerKind({
    config: poolingSchema,
    outputShape: (window, [input]) => {
      const image = imageShape(input);
      const [vertical, horizontal] = fitWindow(image, window);
      return [vertical.count, horizontal.count, image[2]];
    },
    emit: ({ graph, config: window, name, inputs }) =>
      graph.node(opType, name, [inputs[0]!.name], {
        kernel_shape: window.size,
        strides: window.strides,
        pads: padsOf(fitWindow(imageShape(inputs[0]!.shape), window)),
        ...attributes,
      }),
  });
}

function globalPooling(opType: string): LayerKind {
  return layerKind({
    config: globalPoolingSchema,
    outputShape: ({ keepsAxes }, [input]) => {
      const channels = imageShape(input)[2];
      return keepsAxes ? [1, 1, channels] : [channels];
    },
    emit: ({ graph, config, name, inputs }) => {
      const pooled = graph.node(opType, name, [inputs[0]!.name]);
      return config.keepsAxes ? pooled : graph.node('Flatten', `${name}/flat`, [pooled]);
    },
  });
}
