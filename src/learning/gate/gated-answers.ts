import { decadeBuckets } from '../../inference/head/buckets.ts';
import { hasExactAge, type EvaluatedPhoto } from '../evaluation/evaluated-photo.ts';
import { groupPhotos, nameOfGroup } from '../evaluation/groups.ts';
import { outcomesOf, type Outcomes } from '../evaluation/metrics.ts';
import type { GroupNames } from '../evaluation/metrics-file.ts';
import { rangeOutcomesOf, type RangeOutcomes } from '../evaluation/ranges/range-outcomes.ts';
import { withSourceColumn } from '../evaluation/ranges/source-column.ts';

/** The answers of one version for the photos of a gate. */
export interface VersionAnswers {
  /** The photos with exact ages, by their indices among all photos of the gate, and the results on them. */
  exact: { photos: readonly number[]; outcomes: Outcomes };
  /** The photos whose labels are ranges of ages. */
  ranges: { photos: readonly number[]; outcomes: RangeOutcomes };
  /** One latency for each photo. */
  latenciesMs: Float64Array;
  /** Whether the version distinguishes years within a decade; without this, a threshold of 18 has no meaning. */
  distinguishesYears: boolean;
}

/** A group of photos, given by their indices among those with exact ages. */
export interface GatedGroup {
  name: string;
  photos: readonly number[];
}

/** The answers of the challenger and, if there is one, the champion for the same photos in the same order. */
export interface GatedAnswers {
  photos: number;
  groups: readonly GatedGroup[];
  champion: VersionAnswers | undefined;
  challenger: VersionAnswers;
}

/** @throws ServiceError `edge_not_supported` if the version cannot predict decades */
export function versionAnswers(
  evaluated: readonly EvaluatedPhoto[],
  latenciesMs: readonly number[],
  distinguishesYears: boolean,
): VersionAnswers {
  const indices = evaluated.map((_, photo) => photo);
  const exact = indices.filter((photo) => hasExactAge(evaluated[photo]!));
  const ranges = indices.filter((photo) => !hasExactAge(evaluated[photo]!));
  const at = (photos: readonly number[]) => photos.map((photo) => evaluated[photo]!);
  return {
    exact: { photos: exact, outcomes: outcomesOf(at(exact), decadeBuckets) },
    ranges: { photos: ranges, outcomes: rangeOutcomesOf(at(ranges)) },
    latenciesMs: Float64Array.from(latenciesMs),
    distinguishesYears,
  };
}

/**
 * The groups with enough photos of exact ages: by decade of the true age, by each group column of the labels and by data set,
 * if there are several.
 */
export function gatedGroups(
  evaluated: readonly EvaluatedPhoto[],
  { exact }: Pick<VersionAnswers, 'exact'>,
  { minPhotos, names }: { minPhotos: number; names: GroupNames },
): GatedGroup[] {
  const labeled = withSourceColumn(evaluated);
  const photosWithAge = exact.photos.map((photo) => labeled[photo]!);
  return [...groupPhotos(photosWithAge, exact.outcomes, decadeBuckets)].flatMap(
    ([column, byValue]) =>
      [...byValue]
        .filter(([, photos]) => photos.length >= minPhotos)
        .map(([value, photos]) => ({ name: nameOfGroup(column, value, names), photos })),
  );
}
