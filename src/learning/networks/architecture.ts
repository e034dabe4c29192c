import type { z } from 'zod';
import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';

/** The layers that behave differently in training; training passes faster, repeatable ones of the same class names. */
export interface LayerFactory {
  /** Batch normalisation over the last axis. */
  normalization(options: { name: string }): tensorflow.layers.Layer;
  relu(options: { name: string }): tensorflow.layers.Layer;
  dropout(options: { name: string; rate: number }): tensorflow.layers.Layer;
}

/** What every network is told. */
export interface NetworkOptions {
  /** Pixels of the input, whose shape is [n, height, width, 1]. */
  width: number;
  height: number;
  /** Values per image; the last layer is a softmax over them. */
  outputs: number;
  /** Seeds the initial weights: same seed, same network. */
  seed: number;
  /** Default: the library's own. */
  layers?: LayerFactory;
}

/**
 * A network that can be trained, by the name in a recipe and in the manifest. A new one is a file that exports this
 * and an entry in `architectures`.
 */
export interface Architecture<Settings extends z.ZodType = z.ZodType> {
  /** What an output row is: a distribution over the ages 0 … 100, or over the decades. */
  answers: 'age-distribution' | 'decades';
  /** Widths, depths and so on, each with its default. */
  settings: Settings;
  /** Training settings that suit it, over the general defaults. */
  recipe: Readonly<Record<string, unknown>>;
  build: (
    tf: TensorFlow,
    options: Partial<NetworkOptions & z.infer<Settings>>,
  ) => tensorflow.LayersModel;
}

/** The library's own layers. */
export function standardLayers(tf: TensorFlow): LayerFactory {
  return {
    normalization: (options) => tf.layers.batchNormalization(options),
    relu: (options) => tf.layers.reLU(options),
    dropout: (options) => tf.layers.dropout(options),
  };
}

/** Hands out a different seed at each call, the same ones for the same start. */
export function seedSequence(seed: number): () => number {
  let next = seed;
  return () => next++;
}
