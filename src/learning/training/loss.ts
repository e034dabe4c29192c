import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import type { Architecture } from '../networks/architecture.ts';
import type { TrainingBatch } from './batches/batch.ts';
import { AGE_COUNT } from './batches/targets.ts';

export interface LossOptions {
  /** Weight of the smooth L1 loss of the expected age (in years), relative to the cross-entropy of the distribution. */
  expectedAgeWeight: number;
}

const TINY = 1e-7;

/** The targets of the rows of a batch. */
export interface LossTargets {
  /** [n, width] */
  targets: tensorflow.Tensor2D;
  /** [n]; a row with weight 2 counts as much as two rows with weight 1. */
  weights: tensorflow.Tensor1D;
}

/**
 * Cross-entropy to the label distribution plus smooth L1 of the expected age
 * (Gao et al., "Age Estimation Using Expectation of Label Distribution Learning", IJCAI 2018).
 * @param probabilities [n, 101]
 * @param ages [n], the expected ages of the targets; the targets have width 101
 */
export function ageLoss(
  tf: TensorFlow,
  probabilities: tensorflow.Tensor2D,
  { targets, ages, weights }: LossTargets & { ages: tensorflow.Tensor1D },
  options: LossOptions,
): tensorflow.Scalar {
  const years = tf.range(0, AGE_COUNT);
  const expected = tf.sum(tf.mul(probabilities, years), 1);
  const error = tf.abs(tf.sub(expected, ages));
  const quadratic = tf.minimum(error, 1);
  const smoothL1 = tf.add(tf.mul(0.5, tf.square(quadratic)), tf.sub(error, quadratic));
  return tf.add(
    crossEntropy(tf, probabilities, { targets, weights }),
    tf.mul(options.expectedAgeWeight, weightedMean(tf, smoothL1, weights)),
  );
}

/** The weighted mean of the cross-entropies of the rows. */
export function crossEntropy(
  tf: TensorFlow,
  probabilities: tensorflow.Tensor2D,
  { targets, weights }: LossTargets,
): tensorflow.Scalar {
  const entropies = tf.neg(tf.sum(tf.mul(targets, tf.log(tf.add(probabilities, TINY))), 1));
  return weightedMean(tf, entropies, weights);
}

function weightedMean(
  tf: TensorFlow,
  values: tensorflow.Tensor,
  weights: tensorflow.Tensor1D,
): tensorflow.Scalar {
  return tf.div(tf.sum(tf.mul(values, weights)), tf.sum(weights));
}

export interface StepOptions {
  answers: Architecture['answers'];
  expectedAgeWeight: number;
}

/** The loss of a batch and its gradient for each variable, in the order of the variables. */
export interface LossAndGradients {
  loss: number;
  gradients: Float32Array[];
}

/**
 * Runs a forward and a backward pass in training mode, which also updates the moving statistics of the network.
 * Disposes all tensors that it creates.
 */
export function computeGradients(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  variables: tensorflow.Variable[],
  batch: TrainingBatch,
  options: StepOptions,
): LossAndGradients {
  let loss = Number.NaN;
  let gradients: Float32Array[] = [];
  // `tidy` searches its return value for tensors element by element, so the arrays are assigned to outer variables instead.
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
  const expected = {
    targets: tf.tensor2d(batch.targets, [rows, batch.targets.length / rows]),
    weights: tf.tensor1d(batch.weights),
  };
  if (options.answers === 'decades') return crossEntropy(tf, probabilities, expected);
  return ageLoss(tf, probabilities, { ...expected, ages: tf.tensor1d(batch.ages) }, options);
}
