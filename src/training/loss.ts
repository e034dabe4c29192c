import type { tensorflow, TensorFlow } from '../engine/tensorflow-runtime.ts';
import { AGE_COUNT } from './targets.ts';

export interface LossOptions {
  /** Weight of the expected age's smooth L1 loss, in years, against the distribution's cross-entropy. */
  expectedAgeWeight: number;
}

const TINY = 1e-7;

/**
 * Cross-entropy to the label distribution plus smooth L1 of the expected age
 * (Gao et al., "Age Estimation Using Expectation of Label Distribution Learning", IJCAI 2018).
 * @param probabilities [n, 101]
 * @param targets [n, 101]
 * @param ages [n], expected ages of the targets
 */
export function ageLoss(
  tf: TensorFlow,
  probabilities: tensorflow.Tensor2D,
  { targets, ages }: { targets: tensorflow.Tensor2D; ages: tensorflow.Tensor1D },
  options: LossOptions,
): tensorflow.Scalar {
  const years = tf.range(0, AGE_COUNT);
  const expected = tf.sum(tf.mul(probabilities, years), 1);
  const error = tf.abs(tf.sub(expected, ages));
  const quadratic = tf.minimum(error, 1);
  const smoothL1 = tf.mean(tf.add(tf.mul(0.5, tf.square(quadratic)), tf.sub(error, quadratic)));
  return tf.add(
    crossEntropy(tf, probabilities, targets),
    tf.mul(options.expectedAgeWeight, smoothL1),
  );
}

/** Mean over the rows of both, [n, width] each. */
export function crossEntropy(
  tf: TensorFlow,
  probabilities: tensorflow.Tensor2D,
  targets: tensorflow.Tensor2D,
): tensorflow.Scalar {
  return tf.mean(tf.neg(tf.sum(tf.mul(targets, tf.log(tf.add(probabilities, TINY))), 1)));
}
