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
  /** Number of residual blocks with two 3×3 convolutions each; the first block halves the resolution. */
  blocks: z.int().positive(),
});

export const residualSettings = z.object({
  /** Number of channels of the initial 3×3 convolution with stride 2. */
  stemChannels: z.int().positive().default(24),
  stages: z.array(stageSchema).default([
    { channels: 32, blocks: 1 },
    { channels: 64, blocks: 2 },
    { channels: 128, blocks: 2 },
    { channels: 192, blocks: 1 },
  ]),
  /** Dropout rate of the pooled features. */
  dropout: z.number().min(0).lt(1).default(0.3),
  /**
   * Whether each row of the output ends with one more value, the probability that the input is a framed face. It has no
   * default, so that the recipes and checkpoints of networks without it stay the same.
   */
  faceOutput: z.boolean().optional(),
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

/** Name of the layer that outputs the probability of a framed face. */
export const FACE_LAYER = 'face';

const inputDefaults = { width: 120, height: 120, outputs: 101, seed: 1 };

/** Shared by the functions that build layers. */
interface BuildContext {
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
 * option B) with global average pooling, dropout, and a softmax at the end.
 * Input [n, height, width, 1], output [n, outputs], or [n, outputs + 1] with the probability of a framed face.
 */
export function residual(
  tf: TensorFlow,
  options: Partial<ResidualOptions> = {},
): tensorflow.LayersModel {
  const settings = { ...inputDefaults, ...residualSettings.parse({}), ...options };
  const nextSeed = seedSequence(settings.seed);
  const context: BuildContext = { tf, layers: settings.layers ?? standardLayers(tf), nextSeed };
  const pixels = tf.input({ name: 'pixels', shape: [settings.height, settings.width, 1] });
  const stemShape = { name: 'stem', channels: settings.stemChannels, kernelSize: 3, strides: 2 };
  let features = relu(context, 'stem', convolution(context, pixels, stemShape));
  settings.stages.forEach((stage, index) => {
    features = residualStage(context, features, `stage${index + 1}`, stage);
  });
  return tf.model({
    name: 'residual',
    inputs: pixels,
    outputs: outputsOf(context, features, settings),
  });
}

function residualStage(
  context: BuildContext,
  input: SymbolicTensor,
  name: string,
  { channels, blocks }: ResidualSettings['stages'][number],
): SymbolicTensor {
  let features = input;
  for (let block = 1; block <= blocks; block++) {
    const blockName = `${name}_block${block}`;
    features = residualBlock(context, features, blockName, { channels, downsamples: block === 1 });
  }
  return features;
}

function residualBlock(
  context: BuildContext,
  input: SymbolicTensor,
  name: string,
  { channels, downsamples }: { channels: number; downsamples: boolean },
): SymbolicTensor {
  const shape = { channels, kernelSize: 3, strides: 1 };
  const first = convolution(context, input, {
    ...shape,
    name: `${name}_a`,
    strides: downsamples ? 2 : 1,
  });
  const second = convolution(context, relu(context, `${name}_a`, first), {
    ...shape,
    name: `${name}_b`,
  });
  const skip = downsamples ? shortcut(context, input, `${name}_shortcut`, channels) : input;
  const sum = context.tf.layers.add({ name: `${name}_add` }).apply([second, skip]);
  return relu(context, name, sum as SymbolicTensor);
}

/**
 * Downsamples by average pooling, then projects: a 1×1 convolution with stride 2 would ignore three of four pixels
 * (He et al., "Bag of Tricks for Image Classification", CVPR 2019, ResNet-D). Besides, its gradient in oneDNN, which
 * TensorFlow uses, writes out of bounds for fewer than 16 channels on AVX-512.
 */
function shortcut(
  context: BuildContext,
  input: SymbolicTensor,
  name: string,
  channels: number,
): SymbolicTensor {
  const halved = context.tf.layers
    .averagePooling2d({ name: `${name}_pool`, poolSize: 2, strides: 2, padding: 'same' })
    .apply(input) as SymbolicTensor;
  return convolution(context, halved, { name, channels, kernelSize: 1, strides: 1 });
}

/** A convolution without bias, followed by batch normalization, which has one. */
function convolution(
  { tf, layers, nextSeed }: BuildContext,
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

function relu({ layers }: BuildContext, name: string, input: SymbolicTensor): SymbolicTensor {
  return layers.relu({ name: `${name}_relu` }).apply(input) as SymbolicTensor;
}

function outputsOf(
  context: BuildContext,
  features: SymbolicTensor,
  { dropout, outputs, faceOutput }: ResidualOptions,
): SymbolicTensor {
  const { tf, layers } = context;
  const pooled = tf.layers.globalAveragePooling2d({ name: 'pool' }).apply(features);
  const kept = layers.dropout({ name: 'dropout', rate: dropout }).apply(pooled) as SymbolicTensor;
  const ages = dense(context, kept, { name: 'classifier', units: outputs, activation: 'softmax' });
  if (faceOutput !== true) return ages;
  const face = dense(context, kept, { name: FACE_LAYER, units: 1, activation: 'sigmoid' });
  return tf.layers.concatenate({ name: 'outputs' }).apply([ages, face]) as SymbolicTensor;
}

function dense(
  { tf, nextSeed }: BuildContext,
  input: SymbolicTensor,
  options: { name: string; units: number; activation: 'softmax' | 'sigmoid' },
): SymbolicTensor {
  const kernelInitializer = tf.initializers.glorotUniform({ seed: nextSeed() });
  return tf.layers.dense({ ...options, kernelInitializer }).apply(input) as SymbolicTensor;
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

/** A smaller residual network for slow machines: at most 25 M multiply-accumulates at 120×120. */
export const residualSmallArchitecture: Architecture<typeof smallSettings> = {
  answers: 'age-distribution',
  settings: smallSettings,
  recipe: {},
  build: (tf, options: Partial<z.infer<typeof smallSettings>>) =>
    residual(tf, { ...smallSettings.parse({}), ...options }),
};
