import type { Bucket } from '../inference/head/buckets.ts';
import type { JudgedPhoto } from './judged-photo.ts';
import type { Outcomes } from './outcomes.ts';

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
  photos: readonly JudgedPhoto[],
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
