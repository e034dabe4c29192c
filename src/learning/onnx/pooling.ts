import { z } from 'zod';
import { layerKind, type LayerKind } from './layer-kind.ts';
import {
  dataFormatSchema,
  imageShape,
  type SlidingWindow,
  fitWindow,
  padsOf,
  pairSchema,
  windowPaddingSchema,
} from './shape.ts';

const side = z.int().min(0);
const edgesSchema = z.tuple([z.tuple([side, side]), z.tuple([side, side])]);

/** tf.layers.zeroPadding2d with a padding of [[top, bottom], [left, right]]. */
export const zeroPadding2d = layerKind({
  config: z.object({ padding: edgesSchema, data_format: dataFormatSchema }),
  outputShape: ({ padding: [[top, bottom], [left, right]] }, [input]) => {
    const [height, width, channels] = imageShape(input);
    return [top + height + bottom, left + width + right, channels];
  },
  emit: ({ graph, config, name, inputs }) => {
    const [[top, bottom], [left, right]] = config.padding;
    const pads = graph.integers(`${name}/pads`, [0, 0, top, left, 0, 0, bottom, right]);
    return graph.node('Pad', name, [inputs[0]!.name, pads]);
  },
});

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

/** tf.layers.averagePooling2d; in TensorFlow, the average does not include the padding. */
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
