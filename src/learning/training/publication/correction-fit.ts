import type { AgeCorrection } from '../../../inference/head/age-correction.ts';
import { createAgeHead } from '../../../inference/head/age-head.ts';
import { decadeBuckets } from '../../../inference/head/buckets.ts';
import { goldenSection } from '../../../common/golden-section.ts';
import { calibratedHead } from './calibrated-head.ts';

/** A photo whose age is known exactly, with the ages that the network outputs for it. */
export interface KnownAge {
  /** In completed years. */
  age: number;
  output: Float32Array;
}

/** How large the errors are without and with a correction, in years. The correction of each photo was fitted without it. */
export interface CorrectionFigures {
  correctionPhotos: number;
  uncorrectedMae: number;
  uncorrectedBias: number;
  correctedMae: number;
  correctedBias: number;
}

/** A correction moves these ages; three parameters are what a hundred photos can determine. */
const FROM = [20, 45, 70];
/** Points of the corrected scale keep this distance, so that no age is stretched over a gap. */
const LEAST_STEP = 5;
/** What a point that moves by ten years costs, in years of the mean error: ages that few photos show stay where they are. */
const PENALTY = 0.15;
const ROUNDS = 3;
const FOLDS = 10;

/**
 * Fits a monotone correction of the age scale to photos with exact ages: the points that make the mean absolute error
 * smallest, each in turn by golden-section search.
 * @param temperature of the head that the correction will be part of
 * @param strength from 0 (no correction) to 1 (as fitted), for a scale between two populations
 */
export function fitCorrection(
  photos: readonly KnownAge[],
  temperature: number,
  strength: number,
): AgeCorrection {
  const to = [...FROM];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, start] of FROM.entries()) {
      const low = (to[index - 1] ?? 0) + LEAST_STEP;
      const high = (to[index + 1] ?? 101) - LEAST_STEP;
      const costAt = (value: number) =>
        costOf(photos, temperature, pointsTo(to.with(index, value)));
      to[index] = goldenSection(costAt, Math.max(low, start - 20), Math.min(high, start + 20), 0.1);
    }
  }
  return pointsTo(to.map((value, index) => FROM[index]! + strength * (value - FROM[index]!)));
}

function pointsTo(to: readonly number[]): AgeCorrection {
  return FROM.map((from, index) => ({ from, to: Number(to[index]!.toFixed(2)) }));
}

function costOf(photos: readonly KnownAge[], temperature: number, points: AgeCorrection): number {
  const errors = errorsOf(photos, temperature, points);
  const moved = points.reduce((sum, { from, to }) => sum + ((to - from) / 10) ** 2, 0);
  return meanOf(errors.map(Math.abs)) + PENALTY * moved;
}

/** The mean age minus the true one. */
function errorsOf(
  photos: readonly KnownAge[],
  temperature: number,
  correction?: AgeCorrection,
): number[] {
  const head = createAgeHead(calibratedHead({ temperature, correction }), [...decadeBuckets]);
  return photos.map(({ age, output }) => head.interpret(output).mean - age);
}

/**
 * Measures a correction by ten-fold cross-validation.
 * @param photos in an order that does not depend on their ages, such as that of their contents
 */
export function crossValidateCorrection(
  photos: readonly KnownAge[],
  temperature: number,
  strength: number,
): CorrectionFigures {
  const before = errorsOf(photos, temperature);
  const after = Array.from({ length: FOLDS }, (_, fold) => {
    const isLeftOut = (_photo: KnownAge, index: number) => index % FOLDS === fold;
    const others = photos.filter((photo, index) => !isLeftOut(photo, index));
    return errorsOf(
      photos.filter(isLeftOut),
      temperature,
      fitCorrection(others, temperature, strength),
    );
  }).flat();
  return {
    correctionPhotos: photos.length,
    uncorrectedMae: meanOf(before.map(Math.abs)),
    uncorrectedBias: meanOf(before),
    correctedMae: meanOf(after.map(Math.abs)),
    correctedBias: meanOf(after),
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
