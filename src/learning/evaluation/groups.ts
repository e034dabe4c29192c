import { z } from 'zod';
import { messageOf } from '../../common/errors.ts';
import { ownValue } from '../../common/own-value.ts';
import type { Bucket } from '../../inference/head/buckets.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { OTHER_VALUE, publishedGroups } from '../dataset/group-values.ts';
import type { EvaluatedPhoto } from './evaluated-photo.ts';
import type { Outcomes } from './metrics.ts';
import type { GroupNames, Measured, MetricsFile } from './metrics-file.ts';

const groupNamesSchema = z.record(z.string(), z.record(z.string(), z.string().min(1)));

/** The codes in UTKFace's file names (Zhang, Song and Qi, CVPR 2017). */
const utkFaceNames: GroupNames = {
  sex: { '0': 'male', '1': 'female' },
  ethnicity: { '0': 'White', '1': 'Black', '2': 'Asian', '3': 'Indian', '4': 'other' },
};

/** A groups.json cannot be used; the message says why. */
export class GroupNamesError extends Error {
  override readonly name = 'GroupNamesError';
}

const GROUP_NAMES_FILE = 'groups.json';

/**
 * Returns the names of the group codes of a dataset: those of its `groups.json`, such as
 * `{"sex": {"0": "male", "1": "female"}}`, of values that may be published, or else those of a known code book that the labels
 * follow.
 * @throws GroupNamesError if groups.json is invalid; StorageError if it cannot be read.
 */
export async function readGroupNames(
  { store, otherFiles }: Pick<Dataset, 'store' | 'otherFiles'>,
  labeled: readonly { groups: Readonly<Record<string, string>> }[],
): Promise<GroupNames> {
  if (!otherFiles.has(GROUP_NAMES_FILE)) return knownGroupNames(labeled);
  const text = (await store.read(GROUP_NAMES_FILE)).toString('utf8');
  return publishedNames(parseGroupNames(text, `${store.location}/${GROUP_NAMES_FILE}`), labeled);
}

/** Leaves out the names of values that are not published. */
function publishedNames(
  names: GroupNames,
  labeled: readonly { groups: Readonly<Record<string, string>> }[],
): GroupNames {
  const columns = Object.entries(names).map(([column, byValue]) => {
    const published = publishedGroups(labeled.map(({ groups }) => ownValue(groups, column) ?? ''));
    return [column, Object.entries(byValue).filter(([value]) => published.has(value))] as const;
  });
  return Object.fromEntries(
    columns
      .filter(([, values]) => values.length > 0)
      .map(([column, values]) => [column, Object.fromEntries(values)]),
  );
}

/** Returns the names of UTKFace's codes if the columns `sex` and `ethnicity` exist and contain only its codes; else none. */
export function knownGroupNames(
  labeled: readonly { groups: Readonly<Record<string, string>> }[],
): GroupNames {
  const follows = Object.entries(utkFaceNames).every(([column, names]) => {
    const values = new Set(labeled.map(({ groups }) => groups[column] ?? ''));
    values.delete('');
    return values.size > 0 && [...values].every((value) => Object.hasOwn(names, value));
  });
  return follows ? utkFaceNames : {};
}

/** The display name of a value: `male` for sex 0, or the value itself if it has no name. */
export function groupName(names: GroupNames, column: string, value: string): string {
  return ownValue(ownValue(names, column) ?? {}, value) ?? value;
}

function parseGroupNames(text: string, file: string): GroupNames {
  try {
    return groupNamesSchema.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new GroupNamesError(
      `${file} must have the form {"sex": {"0": "male", "1": "female"}}: ${reason}`,
      { cause: error },
    );
  }
}

/** The metrics of a group and its display name. */
export interface NamedGroup<Metrics = Measured> {
  /** Such as `age` or `sex`. */
  column: string;
  /** The value in the labels, such as `20-29` or `0`. */
  value: string;
  /** Display name, such as `ages 20-29` or `male`. */
  name: string;
  measured: Metrics;
}

/** Returns all groups in the order of metrics.json, with the ages first. */
export function namedGroups<Metrics>({
  groups,
  groupNames,
}: {
  groups: Readonly<Record<string, Readonly<Record<string, Metrics>>>>;
  groupNames: GroupNames;
}): NamedGroup<Metrics>[] {
  return Object.entries(groups).flatMap(([column, byValue]) =>
    Object.entries(byValue)
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([value, measured]) => ({
        column,
        value,
        name: nameOfGroup(column, value, groupNames),
        measured,
      })),
  );
}

/** The display name of a group. A code without a name and joined values are prefixed with their column: `sex 0`, `sex: other`. */
export function nameOfGroup(
  column: string,
  value: string,
  names: MetricsFile['groupNames'],
): string {
  if (column === AGE_COLUMN) return `ages ${value}`;
  const name = groupName(names, column, value);
  if (value === OTHER_VALUE && name === value) return `${column}: other`;
  return name === value && /^\d+$/.test(value) ? `${column} ${value}` : name;
}

/** The column of the true age bucket. */
export const AGE_COLUMN = 'age';

/** Indices of the photos by column and value; the values are in natural order. */
export type Grouping = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

/**
 * Groups photos by true age bucket and by each group column, whose values are joined or left out as `publishedGroups` says, so
 * that no group of a column has fewer than 20 photos. Columns without groups are left out.
 */
export function groupPhotos(
  photos: readonly EvaluatedPhoto[],
  { trueBuckets }: Pick<Outcomes, 'trueBuckets'>,
  buckets: readonly Bucket[],
): Grouping {
  const columns = [...new Set(photos.flatMap(({ groups }) => Object.keys(groups)))];
  const byAge = photos.map((_, photo) => buckets[trueBuckets[photo]!]!.label);
  const grouping = new Map([[AGE_COLUMN, groupBy(byAge)]]);
  for (const column of columns) {
    const byValue = publishedGroups(photos.map(({ groups }) => groups[column] ?? ''));
    if (byValue.size > 0) grouping.set(column, byValue);
  }
  return grouping;
}

function groupBy(values: readonly string[]): Map<string, number[]> {
  const photosOf = new Map<string, number[]>();
  for (const [photo, value] of values.entries()) {
    const photos = photosOf.get(value) ?? [];
    photos.push(photo);
    if (value !== '') photosOf.set(value, photos);
  }
  return new Map([...photosOf].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
}
