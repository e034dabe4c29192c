import { describe, expect, it } from 'vitest';
import { ageLoss, crossEntropy } from '../../../src/learning/training/loss.ts';
import { labelDistribution } from '../../../src/learning/training/batches/targets.ts';
import { nativeTensorFlow, withoutTensorFlow } from '../../support/models/native-tensorflow.ts';

describe.skipIf(withoutTensorFlow !== '')(`the loss${withoutTensorFlow}`, () => {
  const tf = nativeTensorFlow!;

  /** Of rows that answer one age and should have answered another. */
  function lossesOf(rows: readonly { answered: number; wanted: number; weight: number }[]) {
    return tf.tidy(() => {
      const probabilities = tf.tensor2d(
        rows.map(({ answered }) => [...labelDistribution(answered)]),
      );
      const targets = tf.tensor2d(rows.map(({ wanted }) => [...labelDistribution(wanted)]));
      const ages = tf.tensor1d(rows.map(({ wanted }) => wanted));
      const weights = tf.tensor1d(rows.map(({ weight }) => weight));
      const all = { targets, ages, weights };
      return [
        ageLoss(tf, probabilities, all, { expectedAgeWeight: 0.2 }).dataSync()[0]!,
        crossEntropy(tf, probabilities, all).dataSync()[0]!,
      ];
    });
  }
  const near = { answered: 30, wanted: 31, weight: 1 };
  const far = { answered: 50, wanted: 20, weight: 1 };

  it('counts a row of weight 2 as two rows', () => {
    const weighted = lossesOf([near, { ...far, weight: 2 }]);
    const repeated = lossesOf([near, far, far]);
    weighted.forEach((loss, index) => expect(loss).toBeCloseTo(repeated[index]!, 4));
    const plain = lossesOf([near, far]);
    weighted.forEach((loss, index) => expect(loss).toBeGreaterThan(plain[index]! * 1.2));
  });

  it('does not grow with the weights where they are all the same', () => {
    const all = (weight: number) => lossesOf([near, far].map((row) => ({ ...row, weight })));
    all(7).forEach((loss, index) => expect(loss).toBeCloseTo(all(1)[index]!, 4));
  });
});
