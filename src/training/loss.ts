import type { tensorflow, TensorFlow } from '../inference/engine/tensorflow-runtime.ts';
import { AGE_COUNT } from './targets.ts';

export interface LossOptions {
  /** Weight of the expected age's smooth L1 loss, in years, against the distribution's cross-entropy. */
  expectedAgeWeight: number;
}

const TINY = 1e-7;

/** What the rows of a batch should be answered with. */
export interface LossTargets {
  /** [n, width] */
  targets: tensorflow.Tensor2D;
  /** [n]; a row of weight 2 counts as two of weight 1. */
  weights: tensorflow.Tensor1D;
}

/**
 * Cross-entropy to the label distribution plus smooth L1 of the expected age
 * (Gao et al., "Age Estimation Using Expectation of Label Distribution Learning", IJCAI 2018).
 * @param probabilities [n, 101]
 * @param ages [n], expected ages of the targets, whose width is 101
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

/** Mean over the rows, by their weights. */
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
