import { bucketIndexOf, type Bucket } from '../network/buckets.ts';
import { figuresOf, type Figures, type Judged } from './figures.ts';

/** A judged photo and the groups it belongs to, such as `{ sex: '0' }`. */
export interface GroupedPhoto extends Judged {
  groups: Record<string, string>;
}

/** Figures of all photos, by true age bucket, and by each value of each group column. */
export interface GroupedFigures {
  all: Figures;
  groups: Record<string, Record<string, Figures>>;
}

/** Photos whose group is unknown (an empty value) count in no group of that column. */
export function groupedFigures(
  judged: readonly GroupedPhoto[],
  buckets: readonly Bucket[],
): GroupedFigures {
  const bands = judged.map((photo) => ({
    ...photo,
    groups: { ...photo.groups, age: buckets[bucketIndexOf(photo.age, buckets)]!.label },
  }));
  const columns = [...new Set(bands.flatMap(({ groups }) => Object.keys(groups)))];
  const groups = columns.map((column) => [column, figuresByValue(bands, column, buckets)] as const);
  return { all: figuresOf(judged, buckets), groups: Object.fromEntries(groups) };
}

function figuresByValue(
  judged: readonly GroupedPhoto[],
  column: string,
  buckets: readonly Bucket[],
): Record<string, Figures> {
  const byValue = new Map<string, GroupedPhoto[]>();
  for (const photo of judged) {
    const value = photo.groups[column] ?? '';
    if (value !== '') byValue.set(value, [...(byValue.get(value) ?? []), photo]);
  }
  const entries = [...byValue].toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  return Object.fromEntries(entries.map(([value, photos]) => [value, figuresOf(photos, buckets)]));
}
