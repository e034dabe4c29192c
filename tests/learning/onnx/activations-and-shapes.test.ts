import { describe, expect, it } from 'vitest';
import type { tensorflow } from '../../../src/inference/engine/tensorflow-runtime.ts';
import { agree, apply, chain, loadJavaScriptTensorFlow } from './agreement.ts';

const tf = await loadJavaScriptTensorFlow();

const activations = ['linear', 'relu', 'relu6', 'sigmoid', 'softmax', 'swish', 'tanh'] as const;

describe('activations', () => {
  it.each(activations)('%s, as an option of a layer and as a layer', async (activation) => {
    // The pixels are multiplied by eight so that some exceed the bound of relu6.
    await agree(tf, [40], (x) =>
      chain(apply(tf.layers.add(), x, x, x, x, x, x, x, x), tf.layers.activation({ activation })),
    );
    await agree(tf, [9], (x) => apply(tf.layers.dense({ units: 7, activation }), x));
    await agree(tf, [5, 6, 2], (x) =>
      apply(tf.layers.conv2d({ filters: 3, kernelSize: 3, activation }), x),
    );
    await agree(tf, [5, 6, 2], (x) =>
      apply(tf.layers.depthwiseConv2d({ kernelSize: 3, activation }), x),
    );
  });

  it('ReLU with and without a maximum', async () => {
    await agree(tf, [5, 6, 2], (x) => apply(tf.layers.reLU(), x));
    await agree(tf, [5, 6, 2], (x) => apply(tf.layers.reLU({ maxValue: 0.5 }), x));
  });

  it('Softmax over the channels', async () => {
    await agree(tf, [5, 6, 3], (x) => apply(tf.layers.softmax({ axis: -1 }), x));
    await agree(tf, [9], (x) => apply(tf.layers.softmax(), x));
    await agree(tf, [5, 6, 3], (x) => apply(tf.layers.softmax({ axis: 3 }), x));
  });
});

describe('shapes', () => {
  it('Flatten keeps the order that the following dense layer expects', async () => {
    await agree(tf, [4, 5, 3], (x) => chain(x, tf.layers.flatten(), tf.layers.dense({ units: 6 })));
    await agree(tf, [4, 5, 1], (x) => chain(x, tf.layers.flatten(), tf.layers.dense({ units: 6 })));
    await agree(tf, [1, 1, 5], (x) => chain(x, tf.layers.flatten(), tf.layers.dense({ units: 6 })));
  });

  it.each([
    { shape: [4, 6, 3], target: [8, 3, 3] },
    { shape: [4, 6, 3], target: [6, 12] },
    { shape: [24], target: [2, 3, 4] },
    { shape: [24], target: [4, 6, 1] },
    { shape: [24], target: [1, 1, 24] },
  ])('Reshape $shape to $target', async ({ shape, target }) => {
    await agree(tf, shape, (x) =>
      chain(
        x,
        tf.layers.reshape({ targetShape: target }),
        tf.layers.dense({ units: 5 }),
        tf.layers.flatten(),
      ),
    );
  });

  it('Reshape with an inferred size', async () => {
    const reshape = (targetShape: number[]): tensorflow.layers.Layer =>
      tf.layers.reshape({ targetShape });
    await agree(tf, [4, 6, 3], (x) => apply(reshape([-1]), x));
    await agree(tf, [4, 6, 3], (x) => apply(reshape([6, -1]), x));
    await agree(tf, [24], (x) => apply(reshape([-1, 8]), x));
    await agree(tf, [4, 6, 3], (x) =>
      chain(x, reshape([3, -1, 2]), tf.layers.globalMaxPooling2d({})),
    );
  });

  it('Dense over the channels of an image and over rows', async () => {
    await agree(tf, [4, 6, 3], (x) => apply(tf.layers.dense({ units: 5 }), x));
    await agree(tf, [4, 6, 3], (x) => apply(tf.layers.dense({ units: 5, useBias: false }), x));
    await agree(tf, [6, 3], (x) =>
      chain(x, tf.layers.dense({ units: 5, useBias: false }), tf.layers.flatten()),
    );
    await agree(tf, [6, 3], (x) => chain(x, tf.layers.dense({ units: 5 }), tf.layers.flatten()));
  });

  it('Concatenate over the channels of images and of rows', async () => {
    const operators = await agree(tf, [4, 6, 3], (x) =>
      chain(
        apply(
          tf.layers.concatenate(),
          x,
          apply(tf.layers.conv2d({ filters: 2, kernelSize: 1 }), x),
        ),
        tf.layers.flatten(),
        tf.layers.dense({ units: 4 }),
      ),
    );
    expect(operators).toContain('Concat');
    await agree(tf, [4, 6, 3], (x) => apply(tf.layers.concatenate({ axis: 3 }), x, x));
    await agree(tf, [5], (x) => {
      const ages = apply(tf.layers.dense({ units: 7, activation: 'softmax' }), x);
      const face = apply(tf.layers.dense({ units: 1, activation: 'sigmoid' }), x);
      return apply(tf.layers.concatenate({ axis: 1 }), ages, face);
    });
  });

  it('Add and Multiply with several inputs and broadcasting', async () => {
    await agree(tf, [4, 6, 3], (x) => {
      const other = apply(tf.layers.conv2d({ filters: 3, kernelSize: 1 }), x);
      const third = apply(tf.layers.reLU(), other);
      return apply(tf.layers.multiply(), apply(tf.layers.add(), x, other, third), other);
    });
    await agree(tf, [4, 6, 3], (x) => {
      const gate = chain(
        x,
        tf.layers.globalAveragePooling2d({}),
        tf.layers.dense({ units: 3, activation: 'sigmoid' }),
        tf.layers.reshape({ targetShape: [1, 1, 3] }),
      );
      return apply(tf.layers.multiply(), gate, x);
    });
  });
});
