import { z } from 'zod';
import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import {
  type Architecture,
  type LayerFactory,
  type NetworkOptions,
  seedSequence,
  standardLayers,
} from './architecture.ts';

type SymbolicTensor = tensorflow.SymbolicTensor;

const stageSchema = z.object({
  channels: z.int().positive(),
  /** Residual blocks of two 3×3 convolutions; the first halves the resolution. */
  blocks: z.int().positive(),
});

export const residualSettings = z.object({
  /** Channels of the 3×3 stride-2 convolution that comes first. */
  stemChannels: z.int().positive().default(24),
  stages: z.array(stageSchema).default([
    { channels: 32, blocks: 1 },
    { channels: 64, blocks: 2 },
    { channels: 128, blocks: 2 },
    { channels: 192, blocks: 1 },
  ]),
  /** Share of the pooled features that training drops. */
  dropout: z.number().min(0).lt(1).default(0.3),
});

type ResidualSettings = z.infer<typeof residualSettings>;
type ResidualOptions = NetworkOptions & ResidualSettings;

/** 88 M multiply-accumulates and 1.3 M parameters at 120×120. */
export const residualArchitecture: Architecture<typeof residualSettings> = {
  answers: 'age-distribution',
  settings: residualSettings,
  recipe: {},
  build: residual,
};

const inputDefaults = { width: 120, height: 120, outputs: 101, seed: 1 };

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
 * A residual network with projection shortcuts (He et al., "Deep Residual Learning for Image Recognition", 2015,
 * option B), ending in global average pooling, dropout and a softmax.
 * Input [n, height, width, 1], output [n, outputs].
 */
export function residual(
  tf: TensorFlow,
  options: Partial<ResidualOptions> = {},
): tensorflow.LayersModel {
  const settings = { ...inputDefaults, ...residualSettings.parse({}), ...options };
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
  { channels, blocks }: ResidualSettings['stages'][number],
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
  const shape = { channels, kernelSize: 3, strides: 1 };
  const first = convolution(parts, input, {
    ...shape,
    name: `${name}_a`,
    strides: halves ? 2 : 1,
  });
  const second = convolution(parts, relu(parts, `${name}_a`, first), {
    ...shape,
    name: `${name}_b`,
  });
  const passed = halves ? shortcut(parts, input, `${name}_shortcut`, channels) : input;
  const sum = parts.tf.layers.add({ name: `${name}_add` }).apply([second, passed]);
  return relu(parts, name, sum as SymbolicTensor);
}

/**
 * Halves by averaging, then projects: a 1×1 convolution of stride 2 would not see three pixels of four
 * (He et al., "Bag of Tricks for Image Classification", CVPR 2019, ResNet-D). Its gradient in oneDNN, which
 * TensorFlow uses, also writes outside its memory for less than 16 channels on AVX-512.
 */
function shortcut(
  parts: Parts,
  input: SymbolicTensor,
  name: string,
  channels: number,
): SymbolicTensor {
  const halved = parts.tf.layers
    .averagePooling2d({ name: `${name}_pool`, poolSize: 2, strides: 2, padding: 'same' })
    .apply(input) as SymbolicTensor;
  return convolution(parts, halved, { name, channels, kernelSize: 1, strides: 1 });
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

const smallSettings = residualSettings.extend({
  stemChannels: residualSettings.shape.stemChannels.default(12),
  stages: residualSettings.shape.stages.default([
    { channels: 20, blocks: 1 },
    { channels: 32, blocks: 1 },
    { channels: 64, blocks: 2 },
    { channels: 128, blocks: 1 },
  ]),
  dropout: residualSettings.shape.dropout.default(0.2),
});

/** The residual network for weak machines: at most 25 M multiply-accumulates at 120×120. */
export const residualSmallArchitecture: Architecture<typeof smallSettings> = {
  answers: 'age-distribution',
  settings: smallSettings,
  recipe: {},
  build: (tf, options: Partial<z.infer<typeof smallSettings>>) =>
    residual(tf, { ...smallSettings.parse({}), ...options }),
};
