import type { tensorflow, TensorFlow } from '../inference/engine/tensorflow-runtime.ts';
import type { Architecture } from '../network/architectures/architecture.ts';
import type { TrainingBatch } from './batch.ts';
import { ageLoss, crossEntropy } from './loss.ts';

export interface StepOptions {
  answers: Architecture['answers'];
  expectedAgeWeight: number;
}

/** A batch's loss and its slope along each variable, in the variables' order. */
export interface Slope {
  loss: number;
  gradients: Float32Array[];
}

/**
 * Forward and backward through the network in training mode, which also moves its moving statistics.
 * Leaves no tensor behind.
 */
export function slopeOf(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  variables: tensorflow.Variable[],
  batch: TrainingBatch,
  options: StepOptions,
): Slope {
  let loss = Number.NaN;
  let gradients: Float32Array[] = [];
  // What tidy returns it searches for tensors, number by number: the arrays leave it by assignment.
  tf.tidy(() => {
    const rows = batch.ages.length;
    const inputs = tf.tensor4d(batch.inputs, [rows, batch.side, batch.side, 1]);
    const { value, grads } = tf.variableGrads(() => {
      const probabilities = model.apply(inputs, { training: true }) as tensorflow.Tensor2D;
      const penalties = model.calculateLosses();
      return tf.addN([batchLoss(tf, probabilities, batch, options), ...penalties]);
    }, variables);
    gradients = variables.map(({ name }) => grads[name]!.dataSync<'float32'>());
    loss = value.dataSync<'float32'>()[0]!;
  });
  return { loss, gradients };
}

function batchLoss(
  tf: TensorFlow,
  probabilities: tensorflow.Tensor2D,
  batch: TrainingBatch,
  options: StepOptions,
): tensorflow.Scalar {
  const rows = batch.ages.length;
  const wanted = {
    targets: tf.tensor2d(batch.targets, [rows, batch.targets.length / rows]),
    weights: tf.tensor1d(batch.weights),
  };
  if (options.answers === 'decades') return crossEntropy(tf, probabilities, wanted);
  return ageLoss(tf, probabilities, { ...wanted, ages: tf.tensor1d(batch.ages) }, options);
}
