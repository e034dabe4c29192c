import type { tensorflow, TensorFlow } from '../inference/engine/tensorflow-runtime.ts';
import { PhotoReader, type PhotoSet } from './photo-set.ts';

const BATCH_SIZE = 128;

/** The network's raw output for each photo, as the TensorFlow engine would give it. */
export function predictDistributions(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  photos: PhotoSet,
  { mean, std }: { mean: number; std: number },
): Float32Array[] {
  const distributions: Float32Array[] = [];
  for (let first = 0; first < photos.count; first += BATCH_SIZE) {
    const rows = Math.min(BATCH_SIZE, photos.count - first);
    const inputs = Float32Array.from(
      readRows(photos, first, rows),
      (grey) => (grey / 255 - mean) / std,
    );
    const answer = tf.tidy(
      () =>
        model.apply(tf.tensor4d(inputs, [rows, photos.side, photos.side, 1])) as tensorflow.Tensor,
    );
    const output = answer.dataSync<'float32'>();
    answer.dispose();
    const width = output.length / rows;
    for (let row = 0; row < rows; row++)
      distributions.push(output.slice(row * width, (row + 1) * width));
  }
  return distributions;
}

function readRows(photos: PhotoSet, first: number, rows: number): Uint8Array {
  const length = photos.side * photos.side;
  const pixels = new Uint8Array(rows * length);
  const reader = new PhotoReader(photos);
  try {
    for (let row = 0; row < rows; row++)
      reader.read(first + row, pixels.subarray(row * length, (row + 1) * length));
  } finally {
    reader.close();
  }
  return pixels;
}
