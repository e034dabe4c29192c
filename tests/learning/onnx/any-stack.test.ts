import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { tensorflow } from '../../../src/inference/engine/tensorflow-runtime.ts';
import { apply, chain, compareRuntimes, loadJavaScriptTensorFlow, modelOf } from './agreement.ts';

type SymbolicTensor = tensorflow.SymbolicTensor;

const tf = await loadJavaScriptTensorFlow();

interface Window {
  size: number;
  strides: number;
  padding: 'same' | 'valid';
}

/** The building blocks of a stack of layers. */
const pieces = {
  conv: (x, { size: kernelSize, ...window }) =>
    apply(tf.layers.conv2d({ filters: 3, kernelSize, activation: 'swish', ...window }), x),
  depthwise: (x, { size: kernelSize, ...window }) =>
    apply(tf.layers.depthwiseConv2d({ kernelSize, useBias: false, ...window }), x),
  maximum: (x, { size: poolSize, ...window }) =>
    apply(tf.layers.maxPooling2d({ poolSize, ...window }), x),
  average: (x, { size: poolSize, ...window }) =>
    apply(tf.layers.averagePooling2d({ poolSize, ...window }), x),
  norm: (x) => apply(tf.layers.batchNormalization(), x),
  relu: (x) => apply(tf.layers.reLU(), x),
  dropout: (x) => apply(tf.layers.dropout({ rate: 0.5 }), x),
  shortcut: (x) => {
    const convolution = tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' });
    return apply(tf.layers.add(), chain(x, convolution, tf.layers.batchNormalization()), x);
  },
} satisfies Record<string, (x: SymbolicTensor, window: Window) => SymbolicTensor>;

const step = fc.record({
  piece: fc.constantFrom(...(Object.keys(pieces) as (keyof typeof pieces)[])),
  size: fc.integer({ min: 1, max: 3 }),
  strides: fc.integer({ min: 1, max: 3 }),
  padding: fc.constantFrom('same', 'valid'),
});

/** Skips windows that do not fit. */
function stack(
  input: SymbolicTensor,
  steps: readonly (Window & { piece: keyof typeof pieces })[],
): SymbolicTensor {
  return steps.reduce((x, { piece, ...window }) => {
    const fits = Math.min(x.shape[1]!, x.shape[2]!) >= window.size;
    return fits || window.padding === 'same' ? pieces[piece](x, window) : x;
  }, input);
}

it('exports any stack of layers in agreement with TensorFlow', async () => {
  const side = fc.integer({ min: 5, max: 12 });
  const channels = fc.integer({ min: 1, max: 3 });
  const steps = fc.array(step, { minLength: 1, maxLength: 6 });
  const property = fc.asyncProperty(
    fc.tuple(side, side, channels),
    steps,
    async (shape, layers) => {
      const model = modelOf(tf, shape, (x) => stack(x, layers));
      const { difference, magnitude } = await compareRuntimes(tf, model, { count: 2 });
      expect(difference).toBeLessThan(1e-5 * Math.max(1, magnitude));
    },
  );
  await fc.assert(property, { numRuns: 60 });
});
