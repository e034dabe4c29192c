import { describe, expect, it } from 'vitest';
import type { tensorflow } from '../../../src/inference/engine/tensorflow-runtime.ts';
import { agree, apply, chain, loadJavaScriptTensorFlow } from './agreement.ts';

type Layer = tensorflow.layers.Layer;

const tf = await loadJavaScriptTensorFlow();

describe('batch normalization', () => {
  const conv = (options: object = {}): Layer =>
    tf.layers.conv2d({ filters: 4, kernelSize: 3, ...options });
  const norm = (options: object = {}): Layer => tf.layers.batchNormalization(options);

  it.each([
    ['with a bias', {}, {}],
    ['without a bias', { useBias: false }, {}],
    ['without gamma', {}, { scale: false }],
    ['without beta', {}, { center: false }],
    ['with a large epsilon', {}, { epsilon: 0.5 }],
  ])('folds into a convolution %s', async (_case, convOptions, normOptions) => {
    const operators = await agree(tf, [6, 7, 2], (x) =>
      chain(x, conv(convOptions), norm(normOptions)),
    );
    expect(operators).toEqual(['Reshape', 'Transpose', 'Conv', 'Transpose', 'Reshape']);
  });

  it('folds into a depthwise convolution', async () => {
    const layer = tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 3 });
    expect(await agree(tf, [6, 7, 1], (x) => chain(x, layer, norm()))).toEqual([
      'Reshape',
      'Conv',
      'Transpose',
      'Reshape',
    ]);
  });

  it('folds into a dense layer, through a dropout', async () => {
    const dropout = tf.layers.dropout({ rate: 0.5 });
    const dense = tf.layers.dense({ units: 5 });
    expect(await agree(tf, [6], (x) => chain(x, dense, dropout, norm()))).toEqual(['Gemm']);
  });

  it('folds twice in a row', async () => {
    expect(
      await agree(tf, [6], (x) => chain(x, tf.layers.dense({ units: 5 }), norm(), norm())),
    ).toEqual(['Gemm']);
  });

  it('does not fold past an activation', async () => {
    await agree(tf, [6, 7, 2], (x) => chain(x, conv({ activation: 'relu' }), norm()));
    await agree(tf, [6], (x) =>
      chain(x, tf.layers.dense({ units: 5, activation: 'relu' }), norm()),
    );
  });

  it('does not fold into a layer whose output is read elsewhere', async () => {
    await agree(tf, [6, 7, 2], (x) => {
      const convolved = apply(conv(), x);
      return apply(tf.layers.add(), convolved, apply(norm(), convolved));
    });
  });

  it('does not fold into a layer that is called twice', async () => {
    await agree(tf, [6, 7, 2], (x) => {
      const shared = conv();
      const other = apply(tf.layers.reLU(), x);
      return apply(tf.layers.add(), apply(norm(), apply(shared, x)), apply(shared, other));
    });
  });

  it('is exported without folding on pixels, sums, vectors, and rows of vectors', async () => {
    await agree(tf, [6, 7, 2], (x) => apply(norm(), x));
    await agree(tf, [6], (x) => apply(norm(), apply(tf.layers.add(), x, x)));
    await agree(tf, [12], (x) =>
      chain(x, tf.layers.reshape({ targetShape: [3, 4] }), norm(), tf.layers.flatten()),
    );
  });
});
