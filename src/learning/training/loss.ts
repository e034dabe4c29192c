import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import type { Architecture } from '../networks/architecture.ts';
import type { TrainingBatch } from './batches/training-batch.ts';
import { AGE_COUNT } from './batches/targets.ts';

export interface LossOptions {
  /** Weight of the smooth L1 loss of the expected age (in years), relative to the cross-entropy of the distribution. */
  expectedAgeWeight: number;
}

const TINY = 1e-7;

/** What the outputs of a batch should be, as in `TrainingBatch`. */
export interface LossTargets {
  /** [n, width] */
  targets: tensorflow.Tensor2D;
  /** [n, width] */
  ranges: tensorflow.Tensor2D;
  /** [n, 2] */
  rangeShares: tensorflow.Tensor2D;
  /** [n]; a row with weight 2 counts as much as two rows with weight 1. */
  weights: tensorflow.Tensor1D;
}

/** The ends of the range that the expected age of each row should lie in, [n] each. */
export interface AgeTargets {
  minAges: tensorflow.Tensor1D;
  maxAges: tensorflow.Tensor1D;
}

/**
 * The loss of the distribution plus smooth L1 of how far the expected age lies outside the labeled range
 * (Gao et al., "Age Estimation Using Expectation of Label Distribution Learning", IJCAI 2018).
 * @param probabilities [n, 101]
 */
export function ageLoss(
  tf: TensorFlow,
  probabilities: tensorflow.Tensor2D,
  expected: LossTargets & AgeTargets,
  options: LossOptions,
): tensorflow.Scalar {
  const years = tf.range(0, AGE_COUNT);
  const mean = tf.sum(tf.mul(probabilities, years), 1);
  const below = tf.relu(tf.sub(expected.minAges, mean));
  const error = tf.add(below, tf.relu(tf.sub(mean, expected.maxAges)));
  const quadratic = tf.minimum(error, 1);
  const smoothL1 = tf.add(tf.mul(0.5, tf.square(quadratic)), tf.sub(error, quadratic));
  return tf.add(
    distributionLoss(tf, probabilities, expected),
    tf.mul(options.expectedAgeWeight, weightedMean(tf, smoothL1, expected.weights)),
  );
}

/**
 * The weighted mean of the losses of the rows: the cross-entropy to the target distribution, plus −log Σ p over the labeled
 * range, and over that of the partner with which mixup mixed the row.
 */
export function distributionLoss(
  tf: TensorFlow,
  probabilities: tensorflow.Tensor2D,
  { targets, ranges, rangeShares, weights }: LossTargets,
): tensorflow.Scalar {
  const entropies = tf.neg(tf.sum(tf.mul(targets, tf.log(tf.add(probabilities, TINY))), 1));
  const [own, partner] = tf.unstack(rangeShares, 1) as [tensorflow.Tensor1D, tensorflow.Tensor1D];
  const ownLoss = tf.mul(own, outsideRange(tf, probabilities, ranges));
  const partnerLoss = tf.mul(partner, outsideRange(tf, probabilities, tf.reverse(ranges, 0)));
  return weightedMean(tf, tf.addN([entropies, ownLoss, partnerLoss]), weights);
}

/** −log Σ p over the range of each row. */
function outsideRange(
  tf: TensorFlow,
  probabilities: tensorflow.Tensor2D,
  ranges: tensorflow.Tensor2D,
): tensorflow.Tensor1D {
  const inside = tf.sum(tf.mul(probabilities, ranges), 1);
  return tf.neg<tensorflow.Tensor1D>(tf.log(tf.add(inside, TINY)));
}

/**
 * The mean cross-entropy of the probability that a picture is a framed face.
 * @param probabilities [n]
 * @param faces [n], from 0 to 1
 */
export function faceLoss(
  tf: TensorFlow,
  probabilities: tensorflow.Tensor1D,
  faces: tensorflow.Tensor1D,
): tensorflow.Scalar {
  const positive = tf.mul(faces, tf.log(tf.add(probabilities, TINY)));
  const negative = tf.mul(tf.sub(1, faces), tf.log(tf.sub(1 + TINY, probabilities)));
  return tf.neg(tf.mean(tf.add(positive, negative)));
}

/** 0 where all weights are. */
function weightedMean(
  tf: TensorFlow,
  values: tensorflow.Tensor,
  weights: tensorflow.Tensor1D,
): tensorflow.Scalar {
  return tf.div(tf.sum(tf.mul(values, weights)), tf.add(tf.sum(weights), TINY));
}

export interface StepOptions extends LossOptions {
  answers: Architecture['answers'];
  /** Weight of the loss of the second output, where the network has one. */
  faceWeight: number;
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
    const rows = batch.weights.length;
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

/** @param outputs [n, width], or [n, width + 1] where the network also says whether a picture is a framed face */
function batchLoss(
  tf: TensorFlow,
  outputs: tensorflow.Tensor2D,
  batch: TrainingBatch,
  options: StepOptions,
): tensorflow.Scalar {
  const rows = batch.weights.length;
  const width = batch.targets.length / rows;
  const ofAge = ageLossOf(tf, tf.slice(outputs, [0, 0], [rows, width]), batch, options);
  if (outputs.shape[1] === width) return ofAge;
  const isFace = tf.reshape<tensorflow.Rank.R1>(tf.slice(outputs, [0, width], [rows, 1]), [rows]);
  const ofFace = faceLoss(tf, isFace, tf.tensor1d(batch.faces));
  return tf.add(ofAge, tf.mul(options.faceWeight, ofFace));
}

function ageLossOf(
  tf: TensorFlow,
  probabilities: tensorflow.Tensor2D,
  batch: TrainingBatch,
  options: StepOptions,
): tensorflow.Scalar {
  const rows = batch.weights.length;
  const table = (values: Float32Array) => tf.tensor2d(values, [rows, values.length / rows]);
  const expected = {
    targets: table(batch.targets),
    ranges: table(batch.ranges),
    rangeShares: table(batch.rangeShares),
    weights: tf.tensor1d(batch.weights),
  };
  if (options.answers === 'decades') return distributionLoss(tf, probabilities, expected);
  const [minAges, maxAges] = [tf.tensor1d(batch.minAges), tf.tensor1d(batch.maxAges)];
  return ageLoss(tf, probabilities, { ...expected, minAges, maxAges }, options);
}
