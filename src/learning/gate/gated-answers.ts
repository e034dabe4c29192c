import { decadeBuckets } from '../../inference/head/buckets.ts';
import type { EvaluatedPhoto } from '../evaluation/evaluated-photo.ts';
import { groupPhotos, nameOfGroup } from '../evaluation/groups.ts';
import { outcomesOf, type Outcomes } from '../evaluation/metrics.ts';
import type { GroupNames } from '../evaluation/metrics-file.ts';

/** The answers of one version for the photos of a gate. */
export interface VersionAnswers {
  outcomes: Outcomes;
  /** One latency for each photo. */
  latenciesMs: Float64Array;
  /** Whether the version distinguishes years within a decade; without this, a threshold of 18 has no meaning. */
  distinguishesYears: boolean;
}

/** A group of photos, given by their indices. */
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
  return {
    outcomes: outcomesOf(evaluated, decadeBuckets),
    latenciesMs: Float64Array.from(latenciesMs),
    distinguishesYears,
  };
}

/** The groups with enough photos: by decade of the true age and by each group column of the labels. */
export function gatedGroups(
  evaluated: readonly EvaluatedPhoto[],
  outcomes: Outcomes,
  { minPhotos, names }: { minPhotos: number; names: GroupNames },
): GatedGroup[] {
  return [...groupPhotos(evaluated, outcomes, decadeBuckets)].flatMap(([column, byValue]) =>
    [...byValue]
      .filter(([, photos]) => photos.length >= minPhotos)
      .map(([value, photos]) => ({ name: nameOfGroup(column, value, names), photos })),
  );
}
