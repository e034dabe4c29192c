import type { tensorflow, TensorFlow } from '../../engine/tensorflow-runtime.ts';
import {
  type LayerFactory,
  type NetworkOptions,
  seedSequence,
  standardLayers,
} from './architecture.ts';

type Layer = tensorflow.layers.Layer;

export interface PlainOptions extends NetworkOptions {
  /** Filters of each unpadded 3×3 convolution. */
  convolutions: readonly number[];
  /** Units of each dense layer; the last has an L2 penalty of 0.01. */
  denseUnits: readonly number[];
  /** Share of the last features that training drops. */
  dropout: number;
}

/** The network this project grew from. */
export const plainDefaults = {
  width: 120,
  height: 120,
  outputs: 10,
  seed: 1,
  convolutions: [64, 32],
  denseUnits: [128, 64],
  dropout: 0.5,
} as const satisfies PlainOptions;

/**
 * Convolutions, max-pooling, dense layers, dropout and a softmax; batch normalisation and ReLU
 * after each layer that has weights but the last.
 * Input [n, height, width, 1], output [n, outputs].
 */
export function plain(tf: TensorFlow, options: Partial<PlainOptions> = {}): tensorflow.LayersModel {
  const settings = { ...plainDefaults, ...options };
  const { width, height, dropout } = settings;
  const factory = settings.layers ?? standardLayers(tf);
  const nextSeed = seedSequence(settings.seed);
  return tf.sequential({
    name: 'plain',
    layers: [
      tf.layers.inputLayer({ name: 'pixels', inputShape: [height, width, 1] }),
      ...convolutions(tf, settings, nextSeed).flatMap((layer) => activated(factory, layer)),
      tf.layers.maxPooling2d({ name: 'pool', poolSize: 2 }),
      tf.layers.flatten({ name: 'flatten' }),
      ...denseLayers(tf, settings, nextSeed).flatMap((layer) => activated(factory, layer)),
      factory.dropout({ name: 'dropout', rate: dropout }),
      tf.layers.dense({
        name: 'classifier',
        units: settings.outputs,
        activation: 'softmax',
        kernelInitializer: tf.initializers.glorotUniform({ seed: nextSeed() }),
      }),
    ],
  });
}

function activated(factory: LayerFactory, layer: Layer): Layer[] {
  const { name } = layer;
  const normalization = factory.normalization({ name: `${name}_norm` });
  return [layer, normalization, factory.relu({ name: `${name}_relu` })];
}

function convolutions(tf: TensorFlow, settings: PlainOptions, nextSeed: () => number): Layer[] {
  return settings.convolutions.map((filters, index) =>
    tf.layers.conv2d({
      name: `conv${index + 1}`,
      filters,
      kernelSize: 3,
      useBias: false,
      kernelInitializer: tf.initializers.heNormal({ seed: nextSeed() }),
    }),
  );
}

function denseLayers(tf: TensorFlow, settings: PlainOptions, nextSeed: () => number): Layer[] {
  return settings.denseUnits.map((units, index, all) =>
    tf.layers.dense({
      name: `dense${index + 1}`,
      units,
      useBias: false,
      kernelInitializer: tf.initializers.heNormal({ seed: nextSeed() }),
      ...(index === all.length - 1 && { kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }) }),
    }),
  );
}
