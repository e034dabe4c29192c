import type { Bucket } from '../../../inference/head/buckets.ts';
import { formatAge } from '../../dataset/age-range.ts';
import { MIN_PHOTOS_FOR_INTERVALS, scoreIntervals } from '../bootstrap.ts';
import { calibratedReference, reliabilityOf } from '../calibration-error.ts';
import type { EvaluatedPhoto } from '../evaluated-photo.ts';
import { AGE_COLUMN, groupPhotos } from '../groups.ts';
import { confusionOf } from '../metrics.ts';
import { distinctRanges, openEnded } from './label-groups.ts';
import type { MeasuredRanges, RangeFigures } from './range-figures-schema.ts';
import {
  calibrationAnswers,
  groupedOutcomes,
  rangeMetricsOf,
  rangeOutcomesOf,
  rangeSubsetOf,
  sourceGroupsOf,
  type RangeOutcomes,
} from './range-outcomes.ts';

/**
 * Computes all metrics of photos whose labels are ranges. They choose among the groups of ages that occur in the labels of
 * their data set, so their figures depend on the photos that are evaluated together.
 * @param photos at least one
 */
export function measureRanges(photos: readonly EvaluatedPhoto[], seed: number): RangeFigures {
  const sources = sourceGroupsOf(photos);
  const outcomes = rangeOutcomesOf(photos, sources);
  const grouped = calibrationAnswers(groupedOutcomes(outcomes));
  return {
    all: measureOne(outcomes, seed),
    groups: measureGroups(photos, outcomes, seed),
    labelGroups: [...sources].map(([source, groups]) =>
      labelGroups(source ?? null, groups, subsetOfSource(photos, outcomes, source)),
    ),
    reliability: reliabilityOf(grouped, calibratedReference(grouped.confidences, { seed })),
  };
}

function subsetOfSource(
  photos: readonly EvaluatedPhoto[],
  outcomes: RangeOutcomes,
  source: string | undefined,
): RangeOutcomes {
  const own = photos.flatMap((photo, index) => (photo.source === source ? [index] : []));
  return rangeSubsetOf(outcomes, own);
}

function labelGroups(
  source: string | null,
  groups: readonly Bucket[] | undefined,
  { trueGroups, answeredGroups }: RangeOutcomes,
): RangeFigures['labelGroups'][number] {
  if (groups === undefined) return { source, groups: null, confusion: [] };
  const answers = { trueBuckets: trueGroups, answeredBuckets: answeredGroups };
  return { source, groups: [...groups], confusion: confusionOf(answers, groups.length) };
}

function measureGroups(
  photos: readonly EvaluatedPhoto[],
  outcomes: RangeOutcomes,
  seed: number,
): RangeFigures['groups'] {
  const columns = [...groupsByLabel(photos)].map(([column, byValue]) => {
    const values = [...byValue].map(([value, own]) => {
      const measured = measureOne(rangeSubsetOf(outcomes, own), seed);
      const isByLabel = column === AGE_COLUMN;
      return [value, isByLabel ? { ...measured, calibratedEce95: null } : measured] as const;
    });
    return [column, Object.fromEntries(values)] as const;
  });
  return Object.fromEntries(columns);
}

/** Groups photos by labeled range and by each group column. */
function groupsByLabel(photos: readonly EvaluatedPhoto[]) {
  const ranges = distinctRanges(photos.map(({ age }) => age));
  const buckets = ranges.map((range) => ({ label: formatAge(range), ...range }));
  const labels = buckets.map(({ label }) => label);
  const trueBuckets = Float64Array.from(photos, ({ age }) =>
    labels.indexOf(formatAge(openEnded(age))),
  );
  return groupPhotos(photos, { trueBuckets }, buckets);
}

function measureOne(outcomes: RangeOutcomes, seed: number): MeasuredRanges {
  const { confidences, withinOne } = groupedOutcomes(outcomes);
  const hasGroups = confidences.length > 0;
  return {
    ...rangeMetricsOf(outcomes),
    calibratedEce95: hasGroups ? calibratedReference(confidences, { seed }).ece95 : null,
    intervals:
      outcomes.count < MIN_PHOTOS_FOR_INTERVALS
        ? null
        : {
            ...scoreIntervals({ groupAccuracy: outcomes.correct }, ['groupAccuracy'], seed),
            ...(withinOne.length >= MIN_PHOTOS_FOR_INTERVALS &&
              scoreIntervals({ withinOneGroup: withinOne }, ['withinOneGroup'], seed)),
          },
  };
}
