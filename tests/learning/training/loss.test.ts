import { describe, expect, it } from 'vitest';
import { ageLoss, crossEntropy } from '../../../src/learning/training/loss.ts';
import { labelDistribution } from '../../../src/learning/training/batches/targets.ts';
import { nativeTensorFlow, withoutTensorFlow } from '../../support/models/native-tensorflow.ts';

describe.skipIf(withoutTensorFlow !== '')(`the loss${withoutTensorFlow}`, () => {
  const tf = nativeTensorFlow!;

  /** Losses of rows that predict one age while the target is another. */
  function lossesOf(rows: readonly { predicted: number; target: number; weight: number }[]) {
    return tf.tidy(() => {
      const probabilities = tf.tensor2d(
        rows.map(({ predicted }) => [...labelDistribution(predicted)]),
      );
      const targets = tf.tensor2d(rows.map(({ target }) => [...labelDistribution(target)]));
      const ages = tf.tensor1d(rows.map(({ target }) => target));
      const weights = tf.tensor1d(rows.map(({ weight }) => weight));
      const all = { targets, ages, weights };
      return [
        ageLoss(tf, probabilities, all, { expectedAgeWeight: 0.2 }).dataSync()[0]!,
        crossEntropy(tf, probabilities, all).dataSync()[0]!,
      ];
    });
  }
  const near = { predicted: 30, target: 31, weight: 1 };
  const far = { predicted: 50, target: 20, weight: 1 };

  it('counts a row with weight 2 as two rows', () => {
    const weighted = lossesOf([near, { ...far, weight: 2 }]);
    const repeated = lossesOf([near, far, far]);
    weighted.forEach((loss, index) => expect(loss).toBeCloseTo(repeated[index]!, 4));
    const plain = lossesOf([near, far]);
    weighted.forEach((loss, index) => expect(loss).toBeGreaterThan(plain[index]! * 1.2));
  });

  it('does not depend on the weights if they are all equal', () => {
    const all = (weight: number) => lossesOf([near, far].map((row) => ({ ...row, weight })));
    all(7).forEach((loss, index) => expect(loss).toBeCloseTo(all(1)[index]!, 4));
  });
});
