import type { TrainingBatch } from './training-batch.ts';

/** Mixes the first row with the last, the second with the second to last, and so on, with one weight for the batch. */
export function mixup(batch: TrainingBatch, weight: number): void {
  const { inputs, targets, minAges, maxAges, weights, faces } = batch;
  const rows = weights.length;
  for (const values of [inputs, targets, minAges, maxAges, weights, faces])
    mixRows(values, rows, weight);
  shareRanges(batch.rangeShares, weight);
}

/** The mean of two range losses is not the loss of a range between them, so that both ranges stay. */
function shareRanges(rangeShares: Float32Array, weight: number): void {
  const own = rangeShares.filter((_, at) => at % 2 === 0);
  own.forEach((share, row) => {
    const isMiddle = 2 * row + 1 === own.length;
    rangeShares[2 * row] = isMiddle ? share : weight * share;
    rangeShares[2 * row + 1] = isMiddle ? 0 : (1 - weight) * own[own.length - 1 - row]!;
  });
}

function mixRows(values: Float32Array, rows: number, weight: number): void {
  const width = values.length / rows;
  for (
    let upper = 0, lower = values.length - width;
    upper < lower;
    upper += width, lower -= width
  ) {
    for (let column = 0; column < width; column++) {
      const a = values[upper + column]!;
      const b = values[lower + column]!;
      values[upper + column] = weight * a + (1 - weight) * b;
      values[lower + column] = weight * b + (1 - weight) * a;
    }
  }
}
