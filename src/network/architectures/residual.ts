import type { tensorflow, TensorFlow } from '../../engine/tensorflow-runtime.ts';
import {
  type LayerFactory,
  type NetworkOptions,
  seedSequence,
  standardLayers,
} from './architecture.ts';

type SymbolicTensor = tensorflow.SymbolicTensor;

export interface ResidualStage {
  channels: number;
  /** Residual blocks of two 3×3 convolutions; the first halves the resolution. */
  blocks: number;
}

export interface ResidualOptions extends NetworkOptions {
  /** Channels of the 3×3 stride-2 convolution that comes first. */
  stemChannels: number;
  stages: readonly ResidualStage[];
  /** Share of the pooled features that training drops. */
  dropout: number;
}

/** 88 M multiply-accumulates and 1.3 M parameters at 120×120. */
export const residualDefaults = {
  width: 120,
  height: 120,
  outputs: 101,
  seed: 1,
  stemChannels: 24,
  stages: [
    { channels: 32, blocks: 1 },
    { channels: 64, blocks: 2 },
    { channels: 128, blocks: 2 },
    { channels: 192, blocks: 1 },
  ],
  dropout: 0.3,
} as const satisfies ResidualOptions;

/** What a network's layers are made from. */
interface Parts {
  tf: TensorFlow;
  layers: LayerFactory;
  nextSeed: () => number;
}

interface ConvolutionOptions {
  name: string;
  channels: number;
  kernelSize: number;
  strides: number;
}

/**
 * A residual network with projection shortcuts (He et al. 2015, "Deep Residual Learning for Image
 * Recognition", option B), ending in global average pooling, dropout and a softmax.
 * Input [n, height, width, 1], output [n, outputs].
 */
export function residual(
  tf: TensorFlow,
  options: Partial<ResidualOptions> = {},
): tensorflow.LayersModel {
  const settings = { ...residualDefaults, ...options };
  const nextSeed = seedSequence(settings.seed);
  const parts: Parts = { tf, layers: settings.layers ?? standardLayers(tf), nextSeed };
  const pixels = tf.input({ name: 'pixels', shape: [settings.height, settings.width, 1] });
  const stemShape = { name: 'stem', channels: settings.stemChannels, kernelSize: 3, strides: 2 };
  let features = relu(parts, 'stem', convolution(parts, pixels, stemShape));
  settings.stages.forEach((stage, index) => {
    features = residualStage(parts, features, `stage${index + 1}`, stage);
  });
  return tf.model({
    name: 'residual',
    inputs: pixels,
    outputs: classifier(parts, features, settings),
  });
}

function residualStage(
  parts: Parts,
  input: SymbolicTensor,
  name: string,
  { channels, blocks }: ResidualStage,
): SymbolicTensor {
  let features = input;
  for (let block = 1; block <= blocks; block++) {
    const blockName = `${name}_block${block}`;
    features = residualBlock(parts, features, blockName, { channels, halves: block === 1 });
  }
  return features;
}

function residualBlock(
  parts: Parts,
  input: SymbolicTensor,
  name: string,
  { channels, halves }: { channels: number; halves: boolean },
): SymbolicTensor {
  const strides = halves ? 2 : 1;
  const shape = { channels, kernelSize: 3, strides: 1 };
  const first = convolution(parts, input, { ...shape, name: `${name}_a`, strides });
  const second = convolution(parts, relu(parts, `${name}_a`, first), {
    ...shape,
    name: `${name}_b`,
  });
  const shortcut = halves
    ? convolution(parts, input, { name: `${name}_shortcut`, channels, kernelSize: 1, strides })
    : input;
  const sum = parts.tf.layers.add({ name: `${name}_add` }).apply([second, shortcut]);
  return relu(parts, name, sum as SymbolicTensor);
}

/** Convolution without bias, then batch normalisation, which has one. */
function convolution(
  { tf, layers, nextSeed }: Parts,
  input: SymbolicTensor,
  { name, channels, kernelSize, strides }: ConvolutionOptions,
): SymbolicTensor {
  const convolved = tf.layers
    .conv2d({
      name: `${name}_conv`,
      filters: channels,
      kernelSize,
      strides,
      padding: 'same',
      useBias: false,
      kernelInitializer: tf.initializers.heNormal({ seed: nextSeed() }),
    })
    .apply(input);
  return layers.normalization({ name: `${name}_norm` }).apply(convolved) as SymbolicTensor;
}

function relu({ layers }: Parts, name: string, input: SymbolicTensor): SymbolicTensor {
  return layers.relu({ name: `${name}_relu` }).apply(input) as SymbolicTensor;
}

function classifier(
  { tf, layers, nextSeed }: Parts,
  features: SymbolicTensor,
  { dropout, outputs }: ResidualOptions,
): SymbolicTensor {
  const pooled = tf.layers.globalAveragePooling2d({ name: 'pool' }).apply(features);
  const kept = layers.dropout({ name: 'dropout', rate: dropout }).apply(pooled);
  const kernelInitializer = tf.initializers.glorotUniform({ seed: nextSeed() });
  return tf.layers
    .dense({ name: 'classifier', units: outputs, activation: 'softmax', kernelInitializer })
    .apply(kept) as SymbolicTensor;
}
