import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { tensorflow } from '../../../src/inference/engine/tensorflow-runtime.ts';
import { architectureNames, architectureOf } from '../../../src/learning/networks/architectures.ts';
import { residual } from '../../../src/learning/networks/residual.ts';
import { countMacs } from '../../../src/learning/onnx/network-size.ts';
import { exportOnnx } from '../../../src/learning/onnx/export.ts';
import { artifactsOf, loadJavaScriptTensorFlow } from '../onnx/agreement.ts';

const tf = await loadJavaScriptTensorFlow();
const small = { width: 16, height: 12, outputs: 7 };

describe.each(architectureNames)('the %s network', (name) => {
  const { build } = architectureOf(name);

  it('takes gray images and outputs a distribution for each', () => {
    const model = build(tf, small);
    expect(model.inputs[0]!.shape).toEqual([null, 12, 16, 1]);
    const output = model.predict(tf.randomNormal([3, 12, 16, 1]));
    const sums = tf.tidy(() => tf.sum(output as never, 1).arraySync()) as number[];
    expect(sums.map((sum) => sum.toFixed(5))).toEqual(['1.00000', '1.00000', '1.00000']);
  });

  it('exports to the same file for the same seed', async () => {
    const digestOf = async (seed: number): Promise<string> => {
      const artifacts = await artifactsOf(tf, build(tf, { ...small, seed }));
      const file = exportOnnx(artifacts, { outputName: 'age_distribution' });
      return createHash('sha256').update(file).digest('hex');
    };
    expect(await digestOf(5)).toBe(await digestOf(5));
    expect(await digestOf(6)).not.toBe(await digestOf(5));
  });

  it('uses the normalization, ReLU, and dropout layers of the caller', () => {
    const created: string[] = [];
    const recording =
      <Options extends { name: string }, Layer>(create: (options: Options) => Layer) =>
      (options: Options): Layer => {
        created.push(options.name);
        return create(options);
      };
    const layers = {
      normalization: recording((options: { name: string }) =>
        tf.layers.batchNormalization(options),
      ),
      relu: recording((options: { name: string }) => tf.layers.reLU(options)),
      dropout: recording((options: { name: string; rate: number }) => tf.layers.dropout(options)),
    };
    const model = build(tf, { ...small, layers });
    const classes = ['BatchNormalization', 'ReLU', 'Dropout'];
    const present = model.layers.filter((layer) => classes.includes(layer.getClassName()));
    expect(created.toSorted()).toEqual(present.map((layer) => layer.name).toSorted());
  });
});

it('the default residual network costs at most 100 million multiply-accumulates', async () => {
  const { modelTopology } = await artifactsOf(tf, residual(tf));
  expect(countMacs(modelTopology)).toBe(88_289_600);
});

it('a face output costs one multiply-accumulate for each channel of the features', async () => {
  const costOf = async (faceOutput: boolean) =>
    countMacs((await artifactsOf(tf, residual(tf, { faceOutput }))).modelTopology);
  expect((await costOf(true)) - (await costOf(false))).toBe(192);
});

describe('multiply-accumulates', () => {
  const macsOf = async (layer: tensorflow.layers.Layer): Promise<number> => {
    const inputs = tf.input({ shape: [8, 6, 3] });
    const outputs = layer.apply(inputs) as typeof inputs;
    return countMacs((await artifactsOf(tf, tf.model({ inputs, outputs }))).modelTopology);
  };

  it('of a convolution: output pixels × kernel × input channels × output channels', async () => {
    const options = { filters: 5, kernelSize: 3, strides: 2, padding: 'same' } as const;
    expect(await macsOf(tf.layers.conv2d(options))).toBe(4 * 3 * 9 * 3 * 5);
  });

  it('of a depthwise convolution: output pixels × kernel × output channels', async () => {
    const options = { kernelSize: 3, depthMultiplier: 2 };
    expect(await macsOf(tf.layers.depthwiseConv2d(options))).toBe(6 * 4 * 9 * 6);
  });

  it('of a dense layer: input values × units', async () => {
    expect(await macsOf(tf.layers.dense({ units: 5 }))).toBe(8 * 6 * 3 * 5);
  });

  it('of any other layer: none', async () => {
    expect(await macsOf(tf.layers.maxPooling2d({ poolSize: 2 }))).toBe(0);
  });
});

it('the small residual network costs at most 25 million multiply-accumulates', async () => {
  const { modelTopology } = await artifactsOf(tf, architectureOf('residual-small').build(tf, {}));
  const cost = countMacs(modelTopology);
  expect(cost).toBeGreaterThan(15_000_000);
  expect(cost).toBeLessThanOrEqual(25_000_000);
});

it('the plain network costs 270 million multiply-accumulates', async () => {
  const { modelTopology } = await artifactsOf(tf, architectureOf('plain').build(tf, {}));
  expect(countMacs(modelTopology)).toBe(269_828_992);
});
