import { ServiceError } from '../../../common/errors.ts';
import { OLDEST_AGE, type Bucket } from '../../../inference/head/buckets.ts';
import type { AgeRange } from '../../dataset/age-range.ts';
import { expectedCalibrationError } from '../calibration-error.ts';
import type { EvaluatedPhoto } from '../evaluated-photo.ts';
import { labelGroupsOf } from './label-groups.ts';

/** The results on photos whose labels are ranges: one value per photo in each column, in the order of the photos. */
export interface RangeOutcomes {
  readonly count: number;
  /** 1 if the answer is the labeled range, else 0. */
  readonly correct: Float64Array;
  /** 1 if the answered group is the labeled one or adjacent to it, else 0; NaN where ranges overlap. */
  readonly withinOne: Float64Array;
  /** Probability of the most probable group; NaN where ranges overlap. */
  readonly confidences: Float64Array;
  /** Index of the labeled group among those of its source; NaN where ranges overlap. */
  readonly trueGroups: Float64Array;
  /** Index of the most probable group; NaN where ranges overlap. */
  readonly answeredGroups: Float64Array;
}

const columns = ['correct', 'withinOne', 'confidences', 'trueGroups', 'answeredGroups'] as const;
type Outcome = Record<(typeof columns)[number], number>;

/** The groups of ages of each source; undefined for a source whose ranges overlap or are finer than the model's ages. */
export type SourceGroups = ReadonlyMap<string | undefined, readonly Bucket[] | undefined>;

/** @param photos with range labels */
export function sourceGroupsOf(photos: readonly EvaluatedPhoto[]): SourceGroups {
  const names = new Set(photos.map(({ source }) => source));
  return new Map(
    [...names].map((name) => {
      const own = photos.filter(({ source }) => source === name);
      return [name, distinguishableGroups(own)] as const;
    }),
  );
}

function distinguishableGroups(photos: readonly EvaluatedPhoto[]): Bucket[] | undefined {
  const groups = labelGroupsOf(photos.map(({ age }) => age));
  if (groups === undefined) return undefined;
  try {
    photos[0]!.estimate.bucketProbabilities(groups);
    return groups;
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'edge_not_supported') return undefined;
    throw error;
  }
}

/**
 * Compares answers with range labels. The answer is the most probable group of ages of the photo's source. Where the ranges
 * of a source overlap, or the model does not distinguish their edges, the answer is right if the median lies in the range.
 */
export function rangeOutcomesOf(
  photos: readonly EvaluatedPhoto[],
  sources: SourceGroups = sourceGroupsOf(photos),
): RangeOutcomes {
  const outcomes = photos.map((photo) => outcomeOf(photo, sources.get(photo.source)));
  return tableOf(photos.length, (column, photo) => outcomes[photo]![column]);
}

function outcomeOf(
  { age, estimate }: EvaluatedPhoto,
  groups: readonly Bucket[] | undefined,
): Outcome {
  if (groups === undefined) {
    const correct = Number(isInRange(estimate.median, age));
    return { correct, withinOne: NaN, confidences: NaN, trueGroups: NaN, answeredGroups: NaN };
  }
  const probabilities = estimate.bucketProbabilities(groups);
  const confidences = Math.max(...probabilities);
  const answeredGroups = probabilities.indexOf(confidences);
  const trueGroups = groups.findIndex(({ min }) => min === age.min);
  const off = Math.abs(answeredGroups - trueGroups);
  const [correct, withinOne] = [Number(off === 0), Number(off <= 1)];
  return { correct, withinOne, confidences, trueGroups, answeredGroups };
}

/** Whether an exact age, as a median is one, lies in a range of completed years; a range to 100 or more is open. */
function isInRange(median: number, { min, max }: AgeRange): boolean {
  return median >= min && (max >= OLDEST_AGE || median < max + 1);
}

/** Returns the outcomes of some of the photos, by index. */
export function rangeSubsetOf(outcomes: RangeOutcomes, photos: readonly number[]): RangeOutcomes {
  return tableOf(photos.length, (column, index) => outcomes[column][photos[index]!]!);
}

function tableOf(
  count: number,
  valueAt: (column: keyof Outcome, photo: number) => number,
): RangeOutcomes {
  const entries = columns.map((column) => [
    column,
    Float64Array.from({ length: count }, (_, photo) => valueAt(column, photo)),
  ]);
  return { count, ...(Object.fromEntries(entries) as Record<keyof Outcome, Float64Array>) };
}

/** The outcomes of the photos that have a most probable group. */
export function groupedOutcomes(outcomes: RangeOutcomes): RangeOutcomes {
  const photos = Array.from({ length: outcomes.count }, (_, photo) => photo);
  return rangeSubsetOf(
    outcomes,
    photos.filter((photo) => !isNaN(outcomes.confidences[photo]!)),
  );
}

/** Figures of photos with range labels; null where no photo has a most probable group. */
export interface RangeMetrics {
  count: number;
  groupAccuracy: number;
  withinOneGroup: number | null;
  ece: number | null;
}

/** @param outcomes of at least one photo */
export function rangeMetricsOf(outcomes: RangeOutcomes): RangeMetrics {
  const grouped = groupedOutcomes(outcomes);
  return {
    count: outcomes.count,
    groupAccuracy: meanOf(outcomes.correct),
    withinOneGroup: grouped.count === 0 ? null : meanOf(grouped.withinOne),
    ece: grouped.count === 0 ? null : expectedCalibrationError(calibrationAnswers(grouped)),
  };
}

/** The columns that the calibration error needs; every photo must have a most probable group. */
export function calibrationAnswers({ confidences, trueGroups, answeredGroups }: RangeOutcomes) {
  return { confidences, trueBuckets: trueGroups, answeredBuckets: answeredGroups };
}

function meanOf(column: Float64Array): number {
  return column.reduce((sum, value) => sum + value, 0) / column.length;
}
