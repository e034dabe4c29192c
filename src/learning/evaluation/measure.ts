import type { Bucket } from '../../inference/head/buckets.ts';
import {
  BOOTSTRAP_LEVEL,
  BOOTSTRAP_RESAMPLES,
  MIN_PHOTOS_FOR_INTERVALS,
  scoreIntervals,
} from './bootstrap.ts';
import {
  CALIBRATED_DRAWS,
  ECE_BINS,
  calibratedReference,
  reliabilityOf,
} from './calibration-error.ts';
import { adultThresholdRates, ADULT_YEARS } from './error-rates.ts';
import { hasExactAge, type EvaluatedPhoto } from './evaluated-photo.ts';
import { AGE_COLUMN, groupPhotos, type Grouping } from './groups.ts';
import {
  ageMapOf,
  confusionOf,
  metricsOf,
  outcomesOf,
  scoresOf,
  subsetOf,
  type Outcomes,
} from './metrics.ts';
import {
  METRICS_SCHEMA_VERSION,
  type GroupNames,
  type Measured,
  type MetricsFile,
  type TrainingEpoch,
} from './metrics-file.ts';
import { measureRanges } from './ranges/measure-ranges.ts';
import { withSourceColumn } from './ranges/source-column.ts';

const SEED = 1;

/** Scores that are 0 or 1 per photo. */
const shareNames = ['cs5', 'bucketAccuracy', 'withinOneBucket', 'intervalCoverage'] as const;

/** Describes the evaluated model and the dataset. */
export interface EvaluationContext {
  createdAt: string;
  model: Omit<MetricsFile['model'], 'intervalLevel'>;
  dataset: Omit<MetricsFile['dataset'], 'photos'>;
  buckets: readonly Bucket[];
  groupNames: GroupNames;
  history: readonly TrainingEpoch[];
}

/**
 * Computes all metrics of a model on a set of photos. The result is reproducible, since random draws are seeded.
 * @param photos at least one.
 */
export function measure(
  photos: readonly EvaluatedPhoto[],
  context: EvaluationContext,
): MetricsFile {
  const { model, dataset, groupNames, history } = context;
  const buckets = [...context.buckets];
  const grouped = withSourceColumn(photos);
  const exact = grouped.filter(hasExactAge);
  const ranges = grouped.filter((photo) => !hasExactAge(photo));
  const predictsYears = model.head === 'age-distribution';
  return {
    schemaVersion: METRICS_SCHEMA_VERSION,
    createdAt: context.createdAt,
    model: { ...model, intervalLevel: photos[0]!.estimate.interval.level },
    dataset: { ...dataset, photos: photos.length },
    method: methodOf(predictsYears),
    buckets,
    groupNames,
    ...measureExact(exact, buckets, predictsYears),
    ranges: ranges.length === 0 ? null : measureRanges(ranges, SEED),
    history: [...history],
  };
}

/** The figures of photos with exact ages, and the data of their plots; no figure and empty plots without photos. */
function measureExact(
  photos: readonly EvaluatedPhoto[],
  buckets: readonly Bucket[],
  predictsYears: boolean,
): Pick<MetricsFile, 'all' | 'groups' | 'confusion' | 'reliability' | 'ageMap'> {
  const outcomes = outcomesOf(photos, buckets);
  const plots = {
    confusion: confusionOf(outcomes, buckets.length),
    ageMap: ageMapOf(outcomes),
  };
  if (photos.length === 0) return { all: null, groups: {}, reliability: [], ...plots };
  const reference = calibratedReference(outcomes.confidences, { seed: SEED });
  return {
    all: measureOne(outcomes, predictsYears, reference.ece95),
    groups: measureGroups(outcomes, groupPhotos(photos, outcomes, buckets), predictsYears),
    reliability: reliabilityOf(outcomes, reference),
    ...plots,
  };
}

function measureGroups(
  outcomes: Outcomes,
  grouping: Grouping,
  predictsYears: boolean,
): MetricsFile['groups'] {
  const columns = [...grouping].map(([column, byValue]) => {
    const values = [...byValue].map(([value, photos]) => {
      const own = subsetOf(outcomes, photos);
      const { ece95 } = calibratedReference(own.confidences, { seed: SEED });
      return [value, measureOne(own, predictsYears, column === AGE_COLUMN ? null : ece95)] as const;
    });
    return [column, Object.fromEntries(values)] as const;
  });
  return Object.fromEntries(columns);
}

function measureOne(
  outcomes: Outcomes,
  predictsYears: boolean,
  calibratedEce95: number | null,
): Measured {
  const hasIntervals = outcomes.count >= MIN_PHOTOS_FOR_INTERVALS;
  return {
    ...metricsOf(outcomes),
    calibratedEce95,
    intervals: hasIntervals ? scoreIntervals(scoresOf(outcomes), shareNames, SEED) : null,
    threshold: predictsYears ? adultThresholdRates(outcomes) : null,
  };
}

function methodOf(predictsYears: boolean): MetricsFile['method'] {
  return {
    seed: SEED,
    eceBins: ECE_BINS,
    calibratedDraws: CALIBRATED_DRAWS,
    bootstrapResamples: BOOTSTRAP_RESAMPLES,
    bootstrapLevel: BOOTSTRAP_LEVEL,
    bootstrapMinPhotos: MIN_PHOTOS_FOR_INTERVALS,
    thresholdYears: ADULT_YEARS,
    thresholdUnavailable: predictsYears ? null : 'the model predicts age buckets, not single years',
  };
}
