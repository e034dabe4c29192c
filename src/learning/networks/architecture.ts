import type { z } from 'zod';
import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';

/** Creates the layers that behave differently in training. Training passes faster, reproducible ones of the same classes. */
export interface LayerFactory {
  /** Batch normalization over the last axis. */
  normalization(options: { name: string }): tensorflow.layers.Layer;
  relu(options: { name: string }): tensorflow.layers.Layer;
  dropout(options: { name: string; rate: number }): tensorflow.layers.Layer;
}

/** The options that all networks share. */
export interface NetworkOptions {
  /** Size in pixels of the input, whose shape is [n, height, width, 1]. */
  width: number;
  height: number;
  /** Number of ages or buckets: the network ends with a softmax over them, and may output the face probability after them. */
  outputs: number;
  /** Seed of the initial weights; the same seed gives the same network. */
  seed: number;
  /** By default, the library's own layers. */
  layers?: LayerFactory;
}

/**
 * A network architecture that can be trained. To add one, export it from a new file and add it to `architectures`.
 */
export interface Architecture<Settings extends z.ZodType = z.ZodType> {
  /** The kind of output: a distribution over the ages 0 to 100, or over the decades. */
  answers: 'age-distribution' | 'decades';
  /** Widths, depths, and so on, each with a default. */
  settings: Settings;
  /** Recommended training settings, which override the general defaults. */
  recipe: Readonly<Record<string, unknown>>;
  build: (
    tf: TensorFlow,
    options: Partial<NetworkOptions & z.infer<Settings>>,
  ) => tensorflow.LayersModel;
}

/** Creates the library's own layers. */
export function standardLayers(tf: TensorFlow): LayerFactory {
  return {
    normalization: (options) => tf.layers.batchNormalization(options),
    relu: (options) => tf.layers.reLU(options),
    dropout: (options) => tf.layers.dropout(options),
  };
}

/** Returns a function that yields a new seed at each call, reproducibly for the same initial seed. */
export function seedSequence(seed: number): () => number {
  let next = seed;
  return () => next++;
}
