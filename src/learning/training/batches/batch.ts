import { createNormalize, type Normalization } from '../../../inference/preprocess/normalize.ts';
import { augment, type AugmentOptions } from './augment.ts';
import { PhotoReader, type PhotoSet } from './photo-set.ts';
import { permutation, seededRandom, symmetricBeta, type Random } from '../../../common/random.ts';
import type { Architecture } from '../../networks/architecture.ts';
import type { TeacherAnswers } from './teacher.ts';
import { AGE_COUNT, targetsFor, type Targets } from './targets.ts';

export interface BatchOptions extends Normalization {
  batchSize: number;
  seed: number;
  answers: Architecture['answers'];
  /** Null shows the photos as they are; they must then be of the batches' side. */
  augment: AugmentOptions | null;
  /** Share of the batches whose photos are mixed in pairs (Zhang et al., "mixup", ICLR 2018), weights from Beta(alpha, alpha). */
  mixupProbability: number;
  mixupAlpha: number;
  /** What the photos' targets are mixed with; none by default. */
  teacher?: { answers: TeacherAnswers; weight: number } | undefined;
}

/** One step's input; each array is its own buffer and can be transferred. */
export interface TrainingBatch {
  side: number;
  /** batchSize × side × side, normalized. */
  inputs: Float32Array<ArrayBuffer>;
  /** batchSize rows, each summing to 1. */
  targets: Float32Array<ArrayBuffer>;
  /** Expected ages of the targets, at most 100. */
  ages: Float32Array<ArrayBuffer>;
  /** How much each row counts in the loss. */
  weights: Float32Array<ArrayBuffer>;
}

/** The batches of an epoch, in a fixed order given by the seed; a remainder smaller than a batch is left out. */
export function stepsPerEpoch(photoCount: number, batchSize: number): number {
  return Math.floor(photoCount / batchSize);
}

/** Which batches of an epoch are made, and how large their photos are. */
export interface EpochPart {
  epoch: number;
  side: number;
  /** Default: 0. */
  firstStep?: number;
}

/**
 * The batches of one epoch, or the rest of it. Each depends only on (seed, epoch, its place), so a resumed run sees
 * what an uninterrupted one would have.
 */
export function* epochBatches(
  photos: PhotoSet,
  { epoch, side, firstStep = 0 }: EpochPart,
  options: BatchOptions,
): Generator<TrainingBatch> {
  const targets = targetsFor(options.answers);
  const order = permutation(seededRandom(options.seed, epoch), photos.count);
  const reader = new PhotoReader(photos);
  try {
    for (let step = firstStep; step < stepsPerEpoch(photos.count, options.batchSize); step++) {
      const indices = order.subarray(step * options.batchSize, (step + 1) * options.batchSize);
      const random = seededRandom(options.seed, epoch, step + 1);
      yield makeBatch({ photos, reader, targets, random, options }, indices, side);
    }
  } finally {
    reader.close();
  }
}

/** What the rows of a batch are made from. */
interface RowSource {
  photos: PhotoSet;
  reader: PhotoReader;
  targets: Targets;
  random: Random;
  options: BatchOptions;
}

function makeBatch(source: RowSource, indices: Uint32Array, side: number): TrainingBatch {
  const { random, options } = source;
  const batch = emptyBatch(indices.length, side, source.targets);
  indices.forEach((photo, row) => fillRow(batch, row, photo, source));
  createNormalize(options)(batch.inputs, batch.inputs);
  if (random() < options.mixupProbability) mixup(batch, symmetricBeta(random, options.mixupAlpha));
  return batch;
}

function emptyBatch(rows: number, side: number, targets: Targets): TrainingBatch {
  return {
    side,
    inputs: new Float32Array(rows * side * side),
    targets: new Float32Array(rows * targets.width),
    ages: new Float32Array(rows),
    weights: new Float32Array(rows),
  };
}

function fillRow(
  { inputs, targets, ages, weights, side }: TrainingBatch,
  row: number,
  photo: number,
  { photos, reader, targets: { of, width }, random, options }: RowSource,
): void {
  const values = inputs.subarray(row * side * side, (row + 1) * side * side);
  const source = { values: reader.read(photo), side: photos.side };
  if (options.augment === null) values.set(source.values);
  else augment(source, { values, side }, random, options.augment);
  const age = photos.ages[photo]!;
  targets.set(of(age), row * width);
  ages[row] = Math.min(age, AGE_COUNT - 1);
  weights[row] = photos.weights[photo]!;
  if (options.teacher !== undefined)
    teach({ targets, ages, row }, options.teacher, photo * AGE_COUNT);
}

/** Mixes a row's target with the teachers' answer, which begins at `offset`. */
function teach(
  { targets, ages, row }: Pick<TrainingBatch, 'targets' | 'ages'> & { row: number },
  { answers, weight }: NonNullable<BatchOptions['teacher']>,
  offset: number,
): void {
  let taughtAge = 0;
  for (let age = 0; age < AGE_COUNT; age++) {
    const at = row * AGE_COUNT + age;
    const answer = answers[offset + age]!;
    targets[at] = (1 - weight) * targets[at]! + weight * answer;
    taughtAge += answer * age;
  }
  ages[row] = (1 - weight) * ages[row]! + weight * taughtAge;
}

/** Mixes every row with its mirror row of the batch, by one weight for the whole batch. */
function mixup(batch: TrainingBatch, weight: number): void {
  mixRows(batch.inputs, batch.ages.length, weight);
  mixRows(batch.targets, batch.ages.length, weight);
  mixRows(batch.ages, batch.ages.length, weight);
  mixRows(batch.weights, batch.ages.length, weight);
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
