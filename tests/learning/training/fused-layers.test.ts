import { describe, expect, it } from 'vitest';
import type { tensorflow, TensorFlow } from '../../../src/inference/engine/tensorflow-runtime.ts';
import { standardLayers, type LayerFactory } from '../../../src/learning/networks/architecture.ts';
import { fusedLayers } from '../../../src/learning/training/fused-layers.ts';
import { nativeTensorFlow, withoutTensorFlow } from '../../support/models/native-tensorflow.ts';

const tf = nativeTensorFlow!;

describe.skipIf(withoutTensorFlow !== '')(`fused layers${withoutTensorFlow}`, () => {
  it('have the same outputs, gradients, and moving statistics as the composed layers', () => {
    const composed = lossAndGradients(tf, {
      ...standardLayers(tf),
      normalization: (options) =>
        tf.layers.batchNormalization({ ...options, epsilon: 1e-3, momentum: 0.97 }),
    });
    const fused = lossAndGradients(
      tf,
      fusedLayers(tf, () => 1),
    );
    expect(fused.loss).toBeCloseTo(composed.loss, 5);
    fused.gradients.forEach((gradient, index) =>
      expectClose(gradient, composed.gradients[index]!, 1e-5),
    );
    expectClose(fused.movingMean, composed.movingMean, 1e-6);
  });

  it('predict and serialize like the composed layers', () => {
    const fused = smallModel(
      tf,
      fusedLayers(tf, () => 1),
    );
    const input = tf.randomNormal([3, 8, 8, 1], 0, 1, 'float32', 5);
    const copy = smallModel(tf, standardLayers(tf));
    copy.setWeights(fused.getWeights());
    const outputs = [fused, copy].map((model) =>
      (model.predict(input) as tensorflow.Tensor).dataSync<'float32'>(),
    );
    expectClose(outputs[0]!, outputs[1]!, 1e-6);
    const classNames = (model: tensorflow.LayersModel) =>
      model.layers.map((layer) => layer.getClassName());
    expect(classNames(fused)).toEqual(classNames(copy));
  });

  it('draw a new dropout mask at each step, reproducibly for the same seed', () => {
    const masks = (seed: number) => {
      const dropout = fusedLayers(tf, () => seed++).dropout({ name: 'dropout', rate: 0.5 });
      const draw = () =>
        (
          dropout.call([tf.ones([64])], { training: true }) as tensorflow.Tensor
        ).dataSync<'float32'>();
      return [draw(), draw()];
    };
    const [first, second] = masks(3);
    expect(first).not.toEqual(second);
    expect(masks(3)).toEqual([first, second]);
  });

  it('leak no tensors', () => {
    const layers = fusedLayers(tf, () => 1);
    lossAndGradients(tf, layers);
    const before = tf.memory().numTensors;
    lossAndGradients(tf, layers);
    expect(tf.memory().numTensors).toBe(before);
  });
});

function smallModel(tf: TensorFlow, layers: LayerFactory): tensorflow.LayersModel {
  const input = tf.input({ shape: [8, 8, 1] });
  const kernelInitializer = tf.initializers.heNormal({ seed: 3 });
  const convolved = tf.layers.conv2d({ filters: 4, kernelSize: 3, kernelInitializer }).apply(input);
  const normalized = layers.normalization({ name: 'norm' }).apply(convolved);
  return tf.model({
    inputs: input,
    outputs: layers.relu({ name: 'relu' }).apply(normalized) as tensorflow.SymbolicTensor,
  });
}

function lossAndGradients(tf: TensorFlow, layers: LayerFactory) {
  const model = smallModel(tf, layers);
  const input = tf.randomNormal([5, 8, 8, 1], 0.3, 2, 'float32', 7);
  const meanSquare = (): tensorflow.Scalar => {
    const output = model.apply(input, { training: true }) as tensorflow.Tensor;
    return tf.mean<tensorflow.Scalar>(tf.square(output));
  };
  const { value, grads } = tf.variableGrads(meanSquare);
  const gradients = Object.values(grads).map((gradient) => gradient.dataSync<'float32'>());
  const movingMean = model.getWeights().at(-2)!.dataSync<'float32'>();
  const loss = value.dataSync<'float32'>()[0]!;
  tf.dispose([input, value, grads]);
  model.dispose();
  return { loss, gradients, movingMean };
}

function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) =>
    expect(Math.abs(value - expected[index]!)).toBeLessThanOrEqual(tolerance),
  );
}
