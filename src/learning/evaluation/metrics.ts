import { expectedCalibrationError } from './calibration-error.ts';
import type { ScoreName } from './metrics-file.ts';
import type { Outcomes } from './evaluated-photo.ts';

/** One number per photo, whose mean is the figure of that name. */
export type Scores = Record<ScoreName, Float64Array>;

export type Figures = Record<ScoreName | 'count' | 'ece', number>;

export function scoresOf(outcomes: Outcomes): Scores {
  const { ages, means, trueBuckets, answeredBuckets, covered } = outcomes;
  const bias = means.map((mean, photo) => mean - ages[photo]!);
  const mae = bias.map(Math.abs);
  const bucketsOff = answeredBuckets.map((answered, photo) =>
    Math.abs(answered - trueBuckets[photo]!),
  );
  return {
    mae,
    bias,
    cs5: mae.map((error) => Number(error <= 5)),
    bucketAccuracy: bucketsOff.map((off) => Number(off === 0)),
    withinOneBucket: bucketsOff.map((off) => Number(off <= 1)),
    intervalCoverage: covered,
  };
}

/** The figures of a set of photos; of an empty set every figure but `count` is NaN. */
export function figuresOf(outcomes: Outcomes): Figures {
  const { mae, bias, cs5, bucketAccuracy, withinOneBucket, intervalCoverage } = scoresOf(outcomes);
  return {
    count: outcomes.count,
    mae: meanOf(mae),
    bias: meanOf(bias),
    cs5: meanOf(cs5),
    bucketAccuracy: meanOf(bucketAccuracy),
    withinOneBucket: meanOf(withinOneBucket),
    ece: expectedCalibrationError(outcomes),
    intervalCoverage: meanOf(intervalCoverage),
  };
}

function meanOf(column: Float64Array): number {
  return column.reduce((sum, value) => sum + value, 0) / column.length;
}
