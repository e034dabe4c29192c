import { describe, it } from 'vitest';
import { agree, apply, chain, loadJavaScriptTensorFlow } from './agreement.ts';

const tf = await loadJavaScriptTensorFlow();

const paddings = ['same', 'valid'] as const;
const windows = paddings.flatMap((padding) =>
  [1, 2, 3].flatMap((strides) =>
    [1, 2, 3, 5].flatMap((size) =>
      (
        [
          [7, 8, 3],
          [8, 7, 1],
        ] as const
      ).map((shape) => ({ padding, strides, size, shape })),
    ),
  ),
);

describe('sliding windows', () => {
  it.each(windows)(
    'Conv2D $size×$size, $padding, stride $strides, on $shape',
    async ({ size, padding, strides, shape }) => {
      await agree(tf, shape, (x) =>
        apply(tf.layers.conv2d({ filters: 4, kernelSize: size, strides, padding }), x),
      );
    },
  );

  it.each(windows)(
    'DepthwiseConv2D $size×$size, $padding, stride $strides, on $shape',
    async ({ size, padding, strides, shape }) => {
      const options = { kernelSize: size, strides, padding, depthMultiplier: 2 };
      await agree(tf, shape, (x) => apply(tf.layers.depthwiseConv2d(options), x));
    },
  );

  it.each(windows)(
    'MaxPooling2D and AveragePooling2D $size×$size, $padding, stride $strides, on $shape',
    async ({ size, padding, strides, shape }) => {
      const options = { poolSize: size, strides, padding };
      await agree(tf, shape, (x) => apply(tf.layers.maxPooling2d(options), x));
      await agree(tf, shape, (x) => apply(tf.layers.averagePooling2d(options), x));
    },
  );

  it.each(paddings)('dilation, %s', async (padding) => {
    const options = { filters: 3, kernelSize: 3, dilationRate: 2, padding };
    await agree(tf, [9, 8, 2], (x) => apply(tf.layers.conv2d(options), x));
  });

  it('different sizes and strides along the two axes', async () => {
    const padding = 'same' as const;
    const kernelSize = [3, 2] as [number, number];
    const strides = [1, 2] as [number, number];
    await agree(tf, [7, 9, 2], (x) =>
      apply(tf.layers.conv2d({ filters: 3, kernelSize, strides, padding }), x),
    );
    await agree(tf, [7, 9, 2], (x) =>
      apply(tf.layers.maxPooling2d({ poolSize: kernelSize, strides, padding }), x),
    );
  });

  it('asymmetric zero padding', async () => {
    const padding = [
      [1, 2],
      [3, 0],
    ] as [[number, number], [number, number]];
    await agree(tf, [5, 6, 2], (x) =>
      chain(
        x,
        tf.layers.zeroPadding2d({ padding }),
        tf.layers.conv2d({ filters: 2, kernelSize: 3 }),
      ),
    );
  });

  it('global pooling', async () => {
    await agree(tf, [5, 6, 3], (x) => apply(tf.layers.globalAveragePooling2d({}), x));
    await agree(tf, [5, 6, 3], (x) => apply(tf.layers.globalMaxPooling2d({}), x));
  });
});
