import { z } from 'zod';
import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import {
  type Architecture,
  type LayerFactory,
  type NetworkOptions,
  seedSequence,
  standardLayers,
} from './architecture.ts';

type Layer = tensorflow.layers.Layer;

const plainSettings = z.object({
  /** Number of filters of each unpadded 3×3 convolution. */
  convolutions: z.array(z.int().positive()).default([64, 32]),
  /** Number of units of each dense layer; the last one has an L2 penalty of 0.01. */
  denseUnits: z.array(z.int().positive()).default([128, 64]),
  /** Dropout rate of the last features. */
  dropout: z.number().min(0).lt(1).default(0.5),
});

type PlainOptions = NetworkOptions & z.infer<typeof plainSettings>;

/** The original network of this project with its training settings: no augmentation, plain Adam. 270 M multiply-accumulates. */
export const plainArchitecture: Architecture<typeof plainSettings> = {
  answers: 'decades',
  settings: plainSettings,
  recipe: {
    epochs: 8,
    batchSize: 64,
    learningRate: { peak: 1e-3, warmUpShare: 0, finalShare: 1 },
    optimizer: { weightDecay: 0 },
    averageDecay: 0,
    augment: null,
    mixupProbability: 0,
  },
  build: plain,
};

const inputDefaults = { width: 120, height: 120, outputs: 10, seed: 1 };

/**
 * Convolutions, max pooling, dense layers, dropout, and a softmax, with batch normalization and ReLU after each layer with
 * weights except the last.
 * Input [n, height, width, 1], output [n, outputs].
 */
export function plain(tf: TensorFlow, options: Partial<PlainOptions> = {}): tensorflow.LayersModel {
  const settings = { ...inputDefaults, ...plainSettings.parse({}), ...options };
  const { width, height, dropout } = settings;
  const factory = settings.layers ?? standardLayers(tf);
  const nextSeed = seedSequence(settings.seed);
  return tf.sequential({
    name: 'plain',
    layers: [
      tf.layers.inputLayer({ name: 'pixels', inputShape: [height, width, 1] }),
      ...convolutions(tf, settings, nextSeed).flatMap((layer) => withNormAndRelu(factory, layer)),
      tf.layers.maxPooling2d({ name: 'pool', poolSize: 2 }),
      tf.layers.flatten({ name: 'flatten' }),
      ...denseLayers(tf, settings, nextSeed).flatMap((layer) => withNormAndRelu(factory, layer)),
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

function withNormAndRelu(factory: LayerFactory, layer: Layer): Layer[] {
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
