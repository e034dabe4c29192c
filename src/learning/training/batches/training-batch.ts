/** The input of one training step; each array has its own buffer and can be transferred. */
export interface TrainingBatch {
  side: number;
  /** batchSize × side × side, normalized. */
  inputs: Float32Array<ArrayBuffer>;
  /** batchSize rows: the distribution that the output should have. A row sums to less than 1 where only a range is known. */
  targets: Float32Array<ArrayBuffer>;
  /** batchSize rows: 1 for each value of the output that lies in the labeled range, all 1 where the age is known exactly. */
  ranges: Float32Array<ArrayBuffer>;
  /** batchSize pairs: how much the range of a row and that of its partner (the row as far from the end) count for it. */
  rangeShares: Float32Array<ArrayBuffer>;
  /** The ends of the range, at most 100, that the expected age should lie in. */
  minAges: Float32Array<ArrayBuffer>;
  maxAges: Float32Array<ArrayBuffer>;
  /** Weight of each row in the loss of the age; 0 for a picture that shows no framed face. */
  weights: Float32Array<ArrayBuffer>;
  /** 1 for a framed face, 0 for any other picture. */
  faces: Float32Array<ArrayBuffer>;
}

/** The arrays of a batch, which move to another thread with it. */
export function buffersOf(batch: TrainingBatch): ArrayBuffer[] {
  const { inputs, targets, ranges, rangeShares, minAges, maxAges, weights, faces } = batch;
  return [inputs, targets, ranges, rangeShares, minAges, maxAges, weights, faces].map(
    ({ buffer }) => buffer,
  );
}
