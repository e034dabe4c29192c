import { describe, expect, it } from 'vitest';
import type { tensorflow } from '../../../src/inference/engine/tensorflow-runtime.ts';
import { plain } from '../../../src/learning/networks/plain.ts';
import { residual } from '../../../src/learning/networks/residual.ts';
import { exportOnnx } from '../../../src/learning/onnx/export.ts';
import {
  agree,
  apply,
  artifactsOf,
  chain,
  compareRuntimes,
  expectAgreement,
  loadJavaScriptTensorFlow,
  operatorsOf,
  randomizeWeights,
  runOnnx,
} from './agreement.ts';

type Layer = tensorflow.layers.Layer;

const tf = await loadJavaScriptTensorFlow();

describe('models', () => {
  it('drops layers that only training needs', async () => {
    const operators = await agree(tf, [6], (x) =>
      chain(
        x,
        tf.layers.gaussianNoise({ stddev: 1 }),
        tf.layers.dense({ units: 5 }),
        tf.layers.dropout({ rate: 0.5 }),
        tf.layers.alphaDropout({ rate: 0.5 }),
        tf.layers.gaussianDropout({ rate: 0.5 }),
      ),
    );
    expect(operators).toEqual(['Gemm']);
  });

  it('exports the identity', async () => {
    expect(await agree(tf, [6], (x) => apply(tf.layers.dropout({ rate: 0.5 }), x))).toEqual([
      'Identity',
    ]);
  });

  it('exports a layer that is called twice', async () => {
    await agree(tf, [6], (x) => {
      const shared = tf.layers.dense({ units: 6, activation: 'tanh' });
      return apply(tf.layers.add(), apply(shared, apply(shared, x)), x);
    });
  });

  it('exports a Sequential model with and without an input layer', async () => {
    const layers = (): Layer[] => [tf.layers.flatten(), tf.layers.dense({ units: 4 })];
    const explicit = tf.sequential({
      layers: [tf.layers.inputLayer({ inputShape: [3, 4, 2] }), ...layers()],
    });
    const implicit = tf.sequential({
      layers: [tf.layers.conv2d({ inputShape: [3, 4, 2], filters: 3, kernelSize: 2 }), ...layers()],
    });
    for (const model of [explicit, implicit]) {
      randomizeWeights(tf, model);
      expectAgreement(await compareRuntimes(tf, model));
    }
  });

  it('exports a residual network as convolutions that onnxruntime can fuse', async () => {
    const model = residual(tf, {
      width: 33,
      height: 30,
      outputs: 11,
      stemChannels: 4,
      stages: [
        { channels: 6, blocks: 2 },
        { channels: 8, blocks: 1 },
      ],
    });
    randomizeWeights(tf, model);
    const agreement = await compareRuntimes(tf, model);
    expectAgreement(agreement);
    const operators = operatorsOf(agreement.graph);
    const body = new Set(['Conv', 'Relu', 'Add']);
    expect(operators[0]).toBe('Reshape');
    // One per stage, in its shortcut.
    expect(operators.slice(1, -4).filter((operator) => !body.has(operator))).toEqual([
      'AveragePool',
      'AveragePool',
    ]);
    expect(operators.slice(-4)).toEqual(['GlobalAveragePool', 'Flatten', 'Gemm', 'Softmax']);
  });

  it('exports the face output of a residual network behind the ages', async () => {
    const stages = [{ channels: 6, blocks: 1 }];
    const small = { width: 20, height: 20, outputs: 11, stemChannels: 4, stages };
    const model = residual(tf, { ...small, faceOutput: true });
    expect(model.outputs[0]!.shape).toEqual([null, 12]);
    randomizeWeights(tf, model);
    const agreement = await compareRuntimes(tf, model);
    expectAgreement(agreement);
    expect(operatorsOf(agreement.graph).slice(-6)).toEqual([
      'Flatten',
      'Gemm',
      'Softmax',
      'Gemm',
      'Sigmoid',
      'Concat',
    ]);
    const outputs = model.predict(tf.randomNormal([3, 20, 20, 1])) as tensorflow.Tensor2D;
    for (const row of outputs.arraySync()) {
      expect(row.slice(0, 11).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
      expect(row[11]).toBeGreaterThan(0);
      expect(row[11]).toBeLessThan(1);
    }
  });

  it('gives a network with a face output the same weights for the rest', () => {
    const small = { width: 20, height: 20, outputs: 11, stages: [{ channels: 6, blocks: 1 }] };
    const [without, having] = [residual(tf, small), residual(tf, { ...small, faceOutput: true })];
    for (const layer of without.layers)
      layer.getWeights().forEach((weight, index) => {
        const same = having.getLayer(layer.name).getWeights()[index]!;
        expect([...same.dataSync()], layer.name).toEqual([...weight.dataSync()]);
      });
  });

  it('exports the plain network', async () => {
    const model = plain(tf, { width: 12, height: 13, convolutions: [5, 4], denseUnits: [9, 8] });
    randomizeWeights(tf, model);
    const agreement = await compareRuntimes(tf, model);
    expectAgreement(agreement);
    expect(operatorsOf(agreement.graph).join(' ')).toBe(
      'Reshape Conv Relu Conv Relu MaxPool Transpose Reshape Gemm Relu Gemm Relu Gemm Softmax',
    );
  });

  it('gives the same output for an image alone and in a batch', async () => {
    const model = plain(tf, { width: 9, height: 8, convolutions: [3], denseUnits: [5] });
    randomizeWeights(tf, model);
    const file = exportOnnx(await artifactsOf(tf, model), { outputName: 'age_distribution' });
    const pixels = tf.randomNormal([5, 8, 9, 1], 0, 1, 'float32', 3).dataSync<'float32'>();
    const together = await runOnnx(file, pixels, [5, 8, 9, 1]);
    for (let image = 0; image < 5; image++) {
      const alone = await runOnnx(file, pixels.slice(image * 72, (image + 1) * 72), [1, 8, 9, 1]);
      const row = together.values.slice(image * 10, (image + 1) * 10);
      alone.values.forEach((value, index) => expect(value).toBeCloseTo(row[index]!, 6));
    }
  });
});
