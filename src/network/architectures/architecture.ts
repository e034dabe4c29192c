import type { tensorflow, TensorFlow } from '../../engine/tensorflow-runtime.ts';

/** Makes a batch normalisation over the last axis; training passes its own, fused one. */
export type NormalizationFactory = (options: { name: string }) => tensorflow.layers.Layer;

/** What every network is told. */
export interface NetworkOptions {
  /** Pixels of the input, whose shape is [n, height, width, 1]. */
  width: number;
  height: number;
  /** Values per image; the last layer is a softmax over them. */
  outputs: number;
  /** Seeds the initial weights and the dropout: same seed, same network. */
  seed: number;
  /** Default: `tf.layers.batchNormalization`. */
  normalization?: NormalizationFactory;
}

/** The given factory, or the one of the library. */
export function normalizationOf(tf: TensorFlow, options: NetworkOptions): NormalizationFactory {
  return options.normalization ?? (({ name }) => tf.layers.batchNormalization({ name }));
}

/** Hands out a different seed at each call, the same ones for the same start. */
export function seedSequence(seed: number): () => number {
  let next = seed;
  return () => next++;
}
