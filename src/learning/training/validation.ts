import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import { createAgeHead, type AgeHeadSpec } from '../../inference/head/age-head.ts';
import { bucketIndexOf, decadeBuckets } from '../../inference/head/buckets.ts';
import { readOutputRow } from '../../inference/head/face-output.ts';
import { createNormalize, type Normalization } from '../../inference/preprocess/normalize.ts';
import { yearsOutside } from '../dataset/age-range.ts';
import type { Dataset, DatasetPhoto } from '../dataset/dataset.ts';
import type { Architecture } from '../networks/architecture.ts';
import { createPhotoSet, PhotoReader, type PhotoSet } from './batches/photo-set.ts';
import { untemperedHead } from './publication/calibration.ts';

const BATCH_SIZE = 128;

/** The network's raw output for each photo, as the TensorFlow engine would give it; `readOutputRow` separates its parts. */
export function predictDistributions(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  photos: PhotoSet,
  normalization: Normalization,
): Float32Array[] {
  const normalize = createNormalize(normalization);
  const distributions: Float32Array[] = [];
  for (let first = 0; first < photos.count; first += BATCH_SIZE) {
    const rows = Math.min(BATCH_SIZE, photos.count - first);
    const pixels = readRows(photos, first, rows);
    const inputs = new Float32Array(pixels.length);
    normalize(pixels, inputs);
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

/** Metrics on photos that the network was not trained on, before calibration. */
export interface ValidationFigures {
  /** Mean distance of the mean age from the label, years: 0 within a range; the mean absolute error of exact ages. */
  mae: number;
  /** Share of the photos whose most probable decade is that of the label, or one that its range touches. */
  accuracy: number;
}

/** Returns the head that interprets an architecture's outputs without calibration. */
export function plainHead(answers: Architecture['answers']): AgeHeadSpec {
  return answers === 'decades' ? { kind: 'buckets', buckets: [...decadeBuckets] } : untemperedHead;
}

export function validate(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  photos: PhotoSet,
  options: Normalization & { answers: Architecture['answers'] },
): ValidationFigures {
  const head = createAgeHead(plainHead(options.answers), decadeBuckets);
  let error = 0;
  let right = 0;
  predictDistributions(tf, model, photos, options).forEach((output, index) => {
    const [min, max] = [photos.minAges[index]!, photos.maxAges[index]!];
    const estimate = head.interpret(readOutputRow(output, head).ages);
    error += yearsOutside({ min, max }, estimate.mean);
    const probabilities = estimate.bucketProbabilities();
    const answered = probabilities.indexOf(Math.max(...probabilities));
    const [first, last] = [bucketIndexOf(min, decadeBuckets), bucketIndexOf(max, decadeBuckets)];
    if (answered >= first && answered <= last) right++;
  });
  return { mae: error / photos.count, accuracy: right / photos.count };
}

/** The photos for calibrating and evaluating a network, and for the reference histograms of drift monitoring. */
export interface ValidationPhotos {
  photos: PhotoSet;
  /** In the same order as `photos`. */
  labeled: readonly Pick<DatasetPhoto, 'age' | 'groups' | 'face' | 'source'>[];
  /** How many further photos were left out because no face was found; undefined if no faces were searched. */
  noFace?: number | undefined;
  /** Reads the file of a photo by its index in `photos`; if it is absent, the sizes of the photos are unknown. */
  fileAt?: (index: number) => Promise<Uint8Array>;
}

export function validationPhotosOf(dataset: Dataset, split: string): ValidationPhotos {
  const labeled = dataset.photosOf(split);
  return {
    photos: createPhotoSet(dataset, labeled),
    labeled,
    noFace: dataset.isFramed ? dataset.withoutFaceOf(split).length : undefined,
    fileAt: (index) => dataset.fileOf(labeled[index]!),
  };
}
