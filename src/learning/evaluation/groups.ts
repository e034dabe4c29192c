import { z } from 'zod';
import { messageOf } from '../../common/errors.ts';
import { ownValue } from '../../common/own-value.ts';
import type { Bucket } from '../../inference/head/buckets.ts';
import type { Dataset } from '../dataset/dataset.ts';
import type { EvaluatedPhoto, Outcomes } from './evaluated-photo.ts';
import type { GroupNames, Measured, MetricsFile } from './metrics-file.ts';

const groupNamesSchema = z.record(z.string(), z.record(z.string(), z.string().min(1)));

/** The code book of UTKFace's file names (Zhang, Song and Qi, CVPR 2017). */
const utkFaceNames: GroupNames = {
  sex: { '0': 'male', '1': 'female' },
  ethnicity: { '0': 'White', '1': 'Black', '2': 'Asian', '3': 'Indian', '4': 'other' },
};

/** A groups.json that cannot be used; the message says why. */
export class GroupNamesError extends Error {
  override readonly name = 'GroupNamesError';
}

const GROUP_NAMES_FILE = 'groups.json';

/**
 * The names of the groups' codes in a data set: those of its `groups.json`, such as
 * `{"sex": {"0": "male", "1": "female"}}`, or where there is none, those of the code book that the labels follow.
 * @throws GroupNamesError where groups.json is no such table; StorageError where it cannot be read.
 */
export async function readGroupNames(
  { store, otherFiles }: Pick<Dataset, 'store' | 'otherFiles'>,
  labelled: readonly { groups: Readonly<Record<string, string>> }[],
): Promise<GroupNames> {
  if (!otherFiles.has(GROUP_NAMES_FILE)) return knownGroupNames(labelled);
  const text = (await store.read(GROUP_NAMES_FILE)).toString('utf8');
  return parseGroupNames(text, `${store.location}/${GROUP_NAMES_FILE}`);
}

/** UTKFace's names where both `sex` and `ethnicity` are there and hold none but its codes; else none. */
export function knownGroupNames(
  labelled: readonly { groups: Readonly<Record<string, string>> }[],
): GroupNames {
  const follows = Object.entries(utkFaceNames).every(([column, names]) => {
    const values = new Set(labelled.map(({ groups }) => groups[column] ?? ''));
    values.delete('');
    return values.size > 0 && [...values].every((value) => Object.hasOwn(names, value));
  });
  return follows ? utkFaceNames : {};
}

/** A value as people call it: `male` for sex 0, or the value itself where it has no name. */
export function groupName(names: GroupNames, column: string, value: string): string {
  return ownValue(ownValue(names, column) ?? {}, value) ?? value;
}

function parseGroupNames(text: string, file: string): GroupNames {
  try {
    return groupNamesSchema.parse(JSON.parse(text));
  } catch (error) {
    const fault = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new GroupNamesError(
      `${file} is no table like {"sex": {"0": "male", "1": "female"}}: ${fault}`,
      { cause: error },
    );
  }
}

/** A group's figures and how people call it. */
export interface NamedGroup {
  /** `age`, `sex`, … */
  column: string;
  /** The value as labelled: `20-29`, `0`. */
  value: string;
  /** `ages 20-29`, `male`. */
  name: string;
  measured: Measured;
}

/** Every group in the order of metrics.json: ages first. */
export function namedGroups({ groups, groupNames }: MetricsFile): NamedGroup[] {
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

/** How people call a group. A code without a name keeps its column before it: `sex 0`. */
export function nameOfGroup(
  column: string,
  value: string,
  names: MetricsFile['groupNames'],
): string {
  if (column === AGE_COLUMN) return `ages ${value}`;
  const name = groupName(names, column, value);
  return name === value && /^\d+$/.test(value) ? `${column} ${value}` : name;
}

/** The column of the true age's bucket. */
export const AGE_COLUMN = 'age';

/** A column with more values names photos or people, not groups. */
const MAX_VALUES = 24;

/** Indices of the photos, by column and value; values in their natural order. */
export type Grouping = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

/**
 * Groups photos by true age bucket and by each group column. Photos whose group is unknown (an empty value) are
 * in no group of that column; columns with more than 24 values are left out.
 */
export function groupPhotos(
  photos: readonly EvaluatedPhoto[],
  { trueBuckets }: Outcomes,
  buckets: readonly Bucket[],
): Grouping {
  const columns = [...new Set(photos.flatMap(({ groups }) => Object.keys(groups)))];
  const byAge = photos.map((_, photo) => buckets[trueBuckets[photo]!]!.label);
  const grouping = new Map([[AGE_COLUMN, groupBy(byAge)]]);
  for (const column of columns) {
    const byValue = groupBy(photos.map(({ groups }) => groups[column] ?? ''));
    if (byValue.size > 0 && byValue.size <= MAX_VALUES) grouping.set(column, byValue);
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

/** Wide enough that a square holds no single person's age. */
const CELL_YEARS = 5;

/** Photos by true bucket (rows) and most probable bucket (columns). */
export function confusionOf(
  { trueBuckets, answeredBuckets }: Pick<Outcomes, 'trueBuckets' | 'answeredBuckets'>,
  bucketCount: number,
): number[][] {
  const rows = Array.from({ length: bucketCount }, () => new Array<number>(bucketCount).fill(0));
  trueBuckets.forEach((bucket, photo) => (rows[bucket]![answeredBuckets[photo]!]! += 1));
  return rows;
}

/** Photos by true age and predicted mean age, in squares of five years; squares without photos are left out. */
export function ageMapOf({ ages, means }: Pick<Outcomes, 'ages' | 'means'>): MetricsFile['ageMap'] {
  const startOf = (years: number) => Math.floor(years / CELL_YEARS) * CELL_YEARS;
  const cells = new Map<string, MetricsFile['ageMap']['cells'][number]>();
  ages.forEach((age, photo) => {
    const [trueFrom, predictedFrom] = [startOf(age), startOf(means[photo]!)];
    const key = `${trueFrom} ${predictedFrom}`;
    const { photos } = cells.get(key) ?? { photos: 0 };
    cells.set(key, { trueFrom, predictedFrom, photos: photos + 1 });
  });
  const ordered = [...cells.values()].sort(
    (a, b) => a.trueFrom - b.trueFrom || a.predictedFrom - b.predictedFrom,
  );
  return { cellYears: CELL_YEARS, cells: ordered };
}
