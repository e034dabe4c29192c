import { createNormalize, type Normalization } from '../../../inference/preprocess/normalize.ts';
import { augment, type AugmentOptions } from './augment.ts';
import { placeAnywhere, placeFramed, placeMisframed, type PlaceInput } from './placement.ts';
import { mixup } from './mixup.ts';
import { PhotoReader, type PhotoSet } from './photo-set.ts';
import { permutation, seededRandom, symmetricBeta, type Random } from '../../../common/random.ts';
import type { Architecture } from '../../networks/architecture.ts';
import type { TeacherOutputs } from './distillation.ts';
import { rangePriorOf, type RangePrior } from './ages/range-prior.ts';
import { drawTexture } from './texture.ts';
import type { TrainingBatch } from './training-batch.ts';
import { AGE_COUNT, targetsFor, type Targets } from './targets.ts';

/** How a network learns what is no framed face. */
export interface NegativeOptions {
  /** Probability that a face is framed badly on purpose. */
  misframedShare: number;
  /** Probability that a picture without a face is replaced with a drawn one. */
  textureShare: number;
  /** Probability that a face is replaced with a drawn picture, for runs without pictures of things; 0 by default. */
  drawnShare?: number;
}

export interface BatchOptions extends Normalization {
  batchSize: number;
  seed: number;
  answers: Architecture['answers'];
  /** Multiplies the standard deviation of the distribution that an exact age trains with; 1 by default. */
  labelSpread?: number | undefined;
  /**
   * Weight in the target of a range of how ages within it are expected to be distributed; the label has the remaining
   * weight. 0 by default.
   */
  rangePriorWeight?: number | undefined;
  /** Null disables augmentation; the photos must then have the side of the batches. */
  augment: AugmentOptions | null;
  /** Probability that the photos of a batch are mixed in pairs, with a weight from Beta(mixupAlpha, mixupAlpha) (Zhang et al., "mixup", ICLR 2018). */
  mixupProbability: number;
  mixupAlpha: number;
  /** Soft targets that are mixed with the labels; none by default. */
  teacher?: { outputs: TeacherOutputs; weight: number } | undefined;
  /** By default every picture is used as it is. */
  negatives?: NegativeOptions | null | undefined;
}

/** Number of batches per epoch; a remainder smaller than a batch is dropped. */
export function stepsPerEpoch(photoCount: number, batchSize: number): number {
  return Math.floor(photoCount / batchSize);
}

/** Selects the batches of an epoch and the size of their photos. */
export interface EpochPart {
  epoch: number;
  side: number;
  /** Default: 0. */
  firstStep?: number;
}

/**
 * Yields the batches of one epoch or of the rest of it. Each batch depends only on the seed, the epoch, and its step, so a
 * resumed run sees the same batches as an uninterrupted one.
 */
export function* epochBatches(
  photos: PhotoSet,
  { epoch, side, firstStep = 0 }: EpochPart,
  options: BatchOptions,
): Generator<TrainingBatch> {
  const targets = targetsFor(options.answers, options.labelSpread);
  const withinRanges = rangePriorOf(photos, options);
  const order = permutation(seededRandom(options.seed, epoch), photos.count);
  const reader = new PhotoReader(photos);
  try {
    for (let step = firstStep; step < stepsPerEpoch(photos.count, options.batchSize); step++) {
      const indices = order.subarray(step * options.batchSize, (step + 1) * options.batchSize);
      const random = seededRandom(options.seed, epoch, step + 1);
      yield makeBatch({ photos, reader, targets, withinRanges, random, options }, indices, side);
    }
  } finally {
    reader.close();
  }
}

/** Everything needed to fill the rows of a batch. */
interface RowSource {
  photos: PhotoSet;
  reader: PhotoReader;
  targets: Targets;
  /** Undefined where ranges train without a prior. */
  withinRanges: RangePrior | undefined;
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

function emptyBatch(rows: number, side: number, { width }: Targets): TrainingBatch {
  return {
    side,
    inputs: new Float32Array(rows * side * side),
    targets: new Float32Array(rows * width),
    ranges: new Float32Array(rows * width),
    rangeShares: new Float32Array(rows * 2),
    minAges: new Float32Array(rows),
    maxAges: new Float32Array(rows),
    weights: new Float32Array(rows),
    faces: new Float32Array(rows),
  };
}

/** What a row shows: a framed face, a face that is framed badly on purpose, a picture without a face, or a drawn one. */
type RowKind = 'face' | 'misframed' | 'picture' | 'drawn';

function fillRow(batch: TrainingBatch, row: number, photo: number, source: RowSource): void {
  const kind = chooseKind(source.photos.isFace[photo] === 1, source);
  if (kind === 'drawn') drawPixels(batch, row, source.random);
  else fillPixels(batch, row, { photo, place: placeInputs[kind] }, source);
  if (kind === 'face') labelRow(batch, row, photo, source);
  else labelNegative(batch, row);
}

const placeInputs: Readonly<Record<Exclude<RowKind, 'drawn'>, PlaceInput>> = {
  face: placeFramed,
  misframed: placeMisframed,
  picture: placeAnywhere,
};

/** Without augmentation, nothing is drawn. */
function chooseKind(isFace: boolean, { random, options }: RowSource): RowKind {
  const { misframedShare, textureShare, drawnShare = 0 } = options.negatives ?? noNegatives;
  if (isFace && random() < misframedShare) return 'misframed';
  const share = options.augment === null ? 0 : isFace ? drawnShare : textureShare;
  if (share > 0 && random() < share) return 'drawn';
  return isFace ? 'face' : 'picture';
}

const noNegatives: NegativeOptions = { misframedShare: 0, textureShare: 0 };

function drawPixels({ inputs, side }: TrainingBatch, row: number, random: Random): void {
  const values = inputs.subarray(row * side * side, (row + 1) * side * side);
  drawTexture({ values, side }, random);
}

function fillPixels(
  { inputs, side }: TrainingBatch,
  row: number,
  { photo, place }: { photo: number; place: PlaceInput },
  { photos, reader, random, options }: RowSource,
): void {
  const values = inputs.subarray(row * side * side, (row + 1) * side * side);
  if (options.augment === null) {
    values.set(reader.read(photo));
    return;
  }
  const stored = { values: reader.readStored(photo), side: photos.storedSide };
  const chosen = { options: options.augment, place };
  augment({ ...stored, inputSide: photos.side }, { values, side }, random, chosen);
}

/** Any age fits a picture without a framed face, so that it adds nothing to the loss of the age. */
function labelNegative({ ranges, rangeShares, maxAges, faces }: TrainingBatch, row: number): void {
  const width = ranges.length / faces.length;
  ranges.fill(1, row * width, (row + 1) * width);
  rangeShares[2 * row] = 1;
  maxAges[row] = AGE_COUNT - 1;
}

/** An exact age is a distribution; a range is one only as far as the teachers know more than it. */
function labelRow(
  batch: TrainingBatch,
  row: number,
  photo: number,
  { photos, targets, withinRanges, options: { teacher, rangePriorWeight = 0 } }: RowSource,
): void {
  const [minAge, maxAge] = [photos.minAges[photo]!, photos.maxAges[photo]!];
  const isExact = minAge === maxAge;
  const range = isExact ? targets.within(0, AGE_COUNT - 1) : targets.within(minAge, maxAge);
  batch.ranges.set(range, row * targets.width);
  if (isExact) batch.targets.set(targets.of(minAge), row * targets.width);
  batch.rangeShares[2 * row] = 1;
  batch.minAges[row] = Math.min(minAge, AGE_COUNT - 1);
  batch.maxAges[row] = Math.min(maxAge, AGE_COUNT - 1);
  batch.faces[row] = 1;
  batch.weights[row] = photos.weights[photo]!;
  if (!isExact && withinRanges !== undefined)
    mixSoftTarget(batch, row, withinRanges(minAge, maxAge), rangePriorWeight);
  if (teacher === undefined) return;
  const soft = teacher.outputs.subarray(photo * AGE_COUNT, (photo + 1) * AGE_COUNT);
  mixSoftTarget(batch, row, isExact ? soft : withinRange(soft, range), teacher.weight);
}

/** Least share of the teachers' probability that must lie in a range so that it says something about the ages in it. */
const LEAST_IN_RANGE = 0.02;

/** The teachers' distribution given that the age lies in the range; undefined if they find that unlikely. */
function withinRange(soft: Float32Array, range: Float32Array): Float32Array | undefined {
  const inside = soft.map((probability, age) => probability * range[age]!);
  const sum = inside.reduce((total, probability) => total + probability, 0);
  return sum < LEAST_IN_RANGE ? undefined : inside.map((probability) => probability / sum);
}

/** Mixes the target of a row with a distribution, such as the teachers' output. */
function mixSoftTarget(
  { targets, rangeShares, minAges, maxAges }: TrainingBatch,
  row: number,
  soft: Float32Array | undefined,
  weight: number,
): void {
  if (soft === undefined) return;
  let expectedAge = 0;
  for (let age = 0; age < AGE_COUNT; age++) {
    const at = row * AGE_COUNT + age;
    targets[at] = (1 - weight) * targets[at]! + weight * soft[age]!;
    expectedAge += soft[age]! * age;
  }
  rangeShares[2 * row]! *= 1 - weight;
  for (const ages of [minAges, maxAges])
    ages[row] = (1 - weight) * ages[row]! + weight * expectedAge;
}
