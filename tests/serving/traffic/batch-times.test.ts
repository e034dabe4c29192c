import { describe, expect, it } from 'vitest';
import { BatchTimes } from '../../../src/serving/traffic/batch-times.ts';

/** @param batches size and time of each photo's batch */
function timesOf(batches: readonly (readonly [number, number])[]): BatchTimes {
  const [half, other] = [new BatchTimes(), new BatchTimes()];
  for (const [index, batch] of batches.entries()) (index % 2 === 0 ? half : other).add(...batch);
  half.addAll(other);
  return half;
}

describe('what batches take', () => {
  it('is split into a part for each batch and one for each photo', () => {
    const { perBatchMs, perPhotoMs } = timesOf([
      [1, 5],
      [4, 11],
      [8, 19],
    ]).line();
    expect([perBatchMs, perPhotoMs]).toEqual([expect.closeTo(3), expect.closeTo(2)]);
  });

  it.each([
    [[[8, 16]], [16, 0]],
    [
      [
        [1, 10],
        [8, 4],
      ],
      [7, 0],
    ],
    [
      [
        [4, 1],
        [8, 19],
      ],
      [0, 10 / 6],
    ],
  ] as const)(
    'has no negative part, and none that the data do not determine: %j',
    (batches, line) => {
      const { perBatchMs, perPhotoMs } = timesOf(batches).line();
      expect([perBatchMs, perPhotoMs]).toEqual([expect.closeTo(line[0]), expect.closeTo(line[1])]);
    },
  );

  it('exceeds the prediction of a line for the same sizes by a mean with its standard error', () => {
    const line = { perBatchMs: 3, perPhotoMs: 2 };
    const excess = timesOf([
      [1, 2 * 5 + 1],
      [8, 2 * 19 + 3],
    ]).excess(line, 2);
    expect(excess.meanMs).toBeCloseTo(2);
    expect(excess.errorMs).toBeCloseTo(Math.SQRT1_2);
  });
});
