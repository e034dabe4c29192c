import { augment, type AugmentOptions } from './augment.ts';
import { PhotoReader, type PhotoSet } from './photo-set.ts';
import { permutation, seededRandom, symmetricBeta, type Random } from '../random.ts';
import { AGE_COUNT, cachedLabelDistribution } from './targets.ts';

export interface BatchOptions {
  batchSize: number;
  seed: number;
  mean: number;
  std: number;
  augment: AugmentOptions;
  /** Share of the batches whose photos are mixed in pairs (Zhang et al., "mixup", ICLR 2018), weights from Beta(alpha, alpha). */
  mixupProbability: number;
  mixupAlpha: number;
}

/** One step's input; each array is its own buffer and can be transferred. */
export interface TrainingBatch {
  /** batchSize × side × side, normalised. */
  inputs: Float32Array<ArrayBuffer>;
  /** batchSize × 101, each row summing to 1. */
  targets: Float32Array<ArrayBuffer>;
  /** Expected ages of the targets, at most 100. */
  ages: Float32Array<ArrayBuffer>;
}

/** The batches of an epoch, in a fixed order given by the seed; a remainder smaller than a batch is left out. */
export function stepsPerEpoch(photoCount: number, batchSize: number): number {
  return Math.floor(photoCount / batchSize);
}

/**
 * The batches of one epoch. Each depends only on (seed, epoch, its place), so a resumed run sees what an
 * uninterrupted one would have.
 */
export function* epochBatches(
  photos: PhotoSet,
  epoch: number,
  options: BatchOptions,
  firstStep = 0,
): Generator<TrainingBatch> {
  const order = permutation(seededRandom(options.seed, epoch), photos.count);
  const reader = new PhotoReader(photos);
  try {
    for (let step = firstStep; step < stepsPerEpoch(photos.count, options.batchSize); step++) {
      const indices = order.subarray(step * options.batchSize, (step + 1) * options.batchSize);
      const random = seededRandom(options.seed, epoch, step + 1);
      yield makeBatch(photos, reader, indices, random, options);
    }
  } finally {
    reader.close();
  }
}

function makeBatch(
  photos: PhotoSet,
  reader: PhotoReader,
  indices: Uint32Array,
  random: Random,
  options: BatchOptions,
): TrainingBatch {
  const length = photos.side * photos.side;
  const batch: TrainingBatch = {
    inputs: new Float32Array(indices.length * length),
    targets: new Float32Array(indices.length * AGE_COUNT),
    ages: new Float32Array(indices.length),
  };
  const pixels = new Uint8Array(length);
  indices.forEach((photo, row) => {
    const age = photos.ages[photo]!;
    augment(
      reader.read(photo, pixels),
      photos.side,
      batch.inputs.subarray(row * length, (row + 1) * length),
      random,
      options.augment,
    );
    batch.targets.set(cachedLabelDistribution(age), row * AGE_COUNT);
    batch.ages[row] = Math.min(age, AGE_COUNT - 1);
  });
  normalise(batch.inputs, options);
  if (random() < options.mixupProbability) mixup(batch, symmetricBeta(random, options.mixupAlpha));
  return batch;
}

function normalise(inputs: Float32Array, { mean, std }: BatchOptions): void {
  for (let index = 0; index < inputs.length; index++)
    inputs[index] = (inputs[index]! / 255 - mean) / std;
}

/** Mixes every row with its mirror row of the batch, by one weight for the whole batch. */
function mixup(batch: TrainingBatch, weight: number): void {
  mixRows(batch.inputs, batch.ages.length, weight);
  mixRows(batch.targets, batch.ages.length, weight);
  mixRows(batch.ages, batch.ages.length, weight);
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
