import { describe, expect, it } from 'vitest';
import { ageLoss, distributionLoss, faceLoss } from '../../../src/learning/training/loss.ts';
import { AGE_COUNT, labelDistribution } from '../../../src/learning/training/batches/targets.ts';
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
      const noRanges = {
        ranges: tf.onesLike(targets),
        rangeShares: tf.tensor2d(rows.map(() => [1, 0])),
      };
      const all = { targets, ...noRanges, minAges: ages, maxAges: ages, weights };
      return [
        ageLoss(tf, probabilities, all, { expectedAgeWeight: 0.2 }).dataSync()[0]!,
        distributionLoss(tf, probabilities, all).dataSync()[0]!,
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

  it('is −log of the probability within a labeled range, and 0 where that is 1', () => {
    const lossOf = (min: number, max: number, shares: [number, number]) =>
      tf.tidy(() => {
        const inRange = (from: number, to: number) =>
          Array.from({ length: AGE_COUNT }, (_, age) => Number(age >= from && age <= to));
        const probabilities = tf.tensor2d([inRange(30, 39), inRange(30, 39)].map(toDistribution));
        const loss = distributionLoss(tf, probabilities, {
          targets: tf.zerosLike(probabilities),
          ranges: tf.tensor2d([inRange(min, max), inRange(0, 100)]),
          rangeShares: tf.tensor2d([shares, [0, 0]]),
          weights: tf.tensor1d([1, 0]),
        });
        return loss.dataSync()[0]!;
      });
    expect(lossOf(30, 39, [1, 0])).toBeCloseTo(0, 4);
    expect(lossOf(35, 60, [1, 0])).toBeCloseTo(Math.log(2), 4);
    expect(lossOf(35, 60, [0.25, 0.75])).toBeCloseTo(0.25 * Math.log(2), 4);
  });

  it('leaves an expected age within the range alone', () => {
    const meanLoss = (min: number, max: number) =>
      tf.tidy(() => {
        const probabilities = tf.tensor2d([[...labelDistribution(30)]]);
        const all = {
          targets: tf.zerosLike(probabilities),
          ranges: tf.onesLike(probabilities),
          rangeShares: tf.tensor2d([[1, 0]]),
          minAges: tf.tensor1d([min]),
          maxAges: tf.tensor1d([max]),
          weights: tf.tensor1d([1]),
        };
        return ageLoss(tf, probabilities, all, { expectedAgeWeight: 1 }).dataSync()[0]!;
      });
    expect(meanLoss(25, 35)).toBeCloseTo(0, 3);
    expect(meanLoss(33, 40)).toBeCloseTo(2.5, 1);
    expect(meanLoss(10, 27)).toBeCloseTo(2.5, 1);
  });

  it('prefers a high second output for faces and a low one for other pictures', () => {
    const lossOf = (probability: number, face: number) =>
      tf.tidy(() => faceLoss(tf, tf.tensor1d([probability]), tf.tensor1d([face])).dataSync()[0]!);
    expect(lossOf(0.9, 1)).toBeCloseTo(-Math.log(0.9), 4);
    expect(lossOf(0.9, 0)).toBeCloseTo(-Math.log(0.1), 4);
  });
});

function toDistribution(values: readonly number[]): number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}
