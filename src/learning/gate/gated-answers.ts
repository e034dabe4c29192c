import { decadeBuckets } from '../../inference/head/buckets.ts';
import type { EvaluatedPhoto } from '../evaluation/evaluated-photo.ts';
import { groupPhotos, nameOfGroup } from '../evaluation/groups.ts';
import { outcomesOf, type Outcomes } from '../evaluation/metrics.ts';
import type { GroupNames } from '../evaluation/metrics-file.ts';

/** What one version made of the photos of a gate. */
export interface VersionAnswers {
  outcomes: Outcomes;
  /** By photo. */
  latenciesMs: Float64Array;
  /** Whether the answers resolve single years within a decade, so that a threshold of 18 is meaningful. */
  tellsYears: boolean;
}

/** Photos that are looked at together, by their index. */
export interface GatedGroup {
  name: string;
  photos: readonly number[];
}

/** What two versions, or one where there is no champion, made of the same photos in the same order. */
export interface GatedAnswers {
  photos: number;
  groups: readonly GatedGroup[];
  champion: VersionAnswers | undefined;
  challenger: VersionAnswers;
}

/** @throws ServiceError `edge_not_supported` where the version cannot answer by decade */
export function versionAnswers(
  evaluated: readonly EvaluatedPhoto[],
  latenciesMs: readonly number[],
  tellsYears: boolean,
): VersionAnswers {
  return {
    outcomes: outcomesOf(evaluated, decadeBuckets),
    latenciesMs: Float64Array.from(latenciesMs),
    tellsYears,
  };
}

/** The groups of a set that have enough photos: decades of the true age, and those of the labels. */
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
